"""Files that no row names: left by a crash between file and row, or put there by others."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import QuerySet

from onboarding import storage
from onboarding.models import CSR, Attachment, CustomerImport, Export, PushCertificate
from onboarding.storage.local import UNFINISHED
from onboarding.store import destroyed, strays
from onboarding.store.bench import GRACE, Bench
from onboarding.store.finding import Finding, Kind
from onboarding.store.part import Page, place, place_of

# Names are small, and asking for many at once reads the table of rows as often as for one.
_NAMES = 2000
# Each costs a look at the storage, and a page must not take long.
_UNKNOWN = 50
# Which columns name files of a folder. Any: the models differ. A key that is gone names none.
_NAMED_BY: dict[str, tuple[tuple[QuerySet[Any], str], ...]] = {
    storage.SEALED_KEYS: ((CSR.objects.filter(key_gone_at__isnull=True), "sealed_key"),),
    storage.UPLOADS: (
        (CSR.objects.all(), "upload"),
        (PushCertificate.objects.all(), "upload"),
        (Attachment.objects.all(), "file"),
    ),
    storage.EXPORTS: ((Export.objects.all(), "file"),),
    storage.REPORTS: ((CustomerImport.objects.all(), "report"),),
    storage.PROBES: (),
}
_DELETE = "`manage.py verify_store --delete-orphans` deletes it."


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one folder, in the order of their names."""

    folder: str
    title: str

    @property
    def name(self) -> str:
        return f"files of {self.folder}"

    def total(self) -> None:
        return None

    def page(self, bench: Bench, *, after: str) -> Page:
        names = list(islice(storage.names(self.folder, after=place_of(after)), _NAMES))
        unknown = sorted(set(names) - _named(self.folder, names))
        if len(unknown) > _UNKNOWN:
            unknown = unknown[:_UNKNOWN]
            names = names[: names.index(unknown[-1]) + 1]
            is_last = False
        else:
            is_last = len(names) < _NAMES
        found = tuple(_findings(unknown, bench))
        return Page(self, len(names), found, "" if is_last else place(names[-1]))


def is_orphan(name: str, bench: Bench) -> bool:
    """Whether the file is there, no row names it now, and it is not too young to be named yet."""
    if not storage.is_ours(name):
        return False
    if destroyed.seals([name], bench):
        return storage.exists(name)
    return _is_orphan(name, bench)


def _is_orphan(name: str, bench: Bench) -> bool:
    at = storage.kept_at(name)
    if at is None or at > bench.now - GRACE:
        return False
    # Asked last: between listing and this, its row may have been committed, or let go of it.
    return not _named(name.split("/", 1)[0], [name]) and storage.exists(name)


def _named(folder: str, names: Collection[str]) -> set[str]:
    """Those of `names` that a row names."""
    found: set[str] = set()
    # What was never text cannot be asked for, and is in no row.
    texts = [name for name in names if name.isprintable()]
    for rows, column in _NAMED_BY[folder]:
        found.update(rows.filter(**{f"{column}__in": texts}).values_list(column, flat=True))
    return found


def _findings(unknown: Collection[str], bench: Bench) -> Iterator[Finding]:
    came_back = destroyed.seals(unknown, bench)
    for name in unknown:
        if not storage.is_ours(name):
            yield strays.finding(name)
        elif name in came_back:
            if storage.exists(name):
                sentence = f"{destroyed.told(name, came_back[name])} {_DELETE}"
                yield Finding(Kind.LEFT, name, sentence)
        elif _is_orphan(name, bench):
            yield Finding(Kind.ORPHAN, name, _sentence(name))


def _sentence(name: str) -> str:
    if name.endswith(UNFINISHED):
        return (
            f"The file {name} was being written when something was cut off. Nobody reads half a"
            f" file, and it is of no use: {_DELETE}"
        )
    return (
        f"No row names the file {name}: it is left over from something that was cut off, or the"
        " database is older than the files. Once you are sure that the database is the right"
        f" one, {_DELETE}"
    )
