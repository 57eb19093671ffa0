"""Files that no row names: left by a crash between file and row, or put there by others."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice

from onboarding import storage
from onboarding.models import CSR, Export, PushCertificate
from onboarding.storage.local import UNFINISHED
from onboarding.store.bench import GRACE, Bench
from onboarding.store.finding import Finding, Kind
from onboarding.store.part import Page

# Names are small, and asking for many at once reads the table of rows as often as for one.
_NAMES = 2000
# Each costs a look at the storage, and a page must not take long.
_UNKNOWN = 50
# Which columns name files of a folder. The models differ, and so do the types of their managers.
_NAMED_BY = {
    storage.SEALED_KEYS: ((CSR, "sealed_key"),),
    storage.UPLOADS: ((CSR, "upload"), (PushCertificate, "upload")),
    storage.EXPORTS: ((Export, "file"),),
    storage.PROBES: (),
}


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
        names = list(islice(storage.names(self.folder, after=after), _NAMES))
        unknown = sorted(set(names) - _named(self.folder, names))
        if len(unknown) > _UNKNOWN:
            unknown = unknown[:_UNKNOWN]
            names = names[: names.index(unknown[-1]) + 1]
            is_last = False
        else:
            is_last = len(names) < _NAMES
        found = tuple(_finding(name) for name in unknown if is_orphan(name, bench))
        return Page(self, len(names), found, "" if is_last else names[-1])


def is_orphan(name: str, bench: Bench) -> bool:
    """Whether the file is there, older than the grace, and no row names it now."""
    at = storage.kept_at(name)
    if at is None or at > bench.now - GRACE:
        return False
    # Asked last: between listing and this, its row may have been committed, or let go of it.
    return not _named(name.split("/", 1)[0], [name]) and storage.exists(name)


def _named(folder: str, names: Collection[str]) -> set[str]:
    """Those of `names` that a row names."""
    found: set[str] = set()
    for model, column in _NAMED_BY[folder]:
        rows = model._default_manager.filter(**{f"{column}__in": names})
        found.update(rows.values_list(column, flat=True))
    return found


def _finding(name: str) -> Finding:
    if name.endswith(UNFINISHED):
        why = "it was being written when something was cut off, and is of no use."
    else:
        why = (
            "it is left over from something that was cut off, or the database is older than the"
            " files."
        )
    sentence = (
        f"No row names the file {name}: {why} Once you are sure that the database is the right"
        " one, `manage.py verify_store --delete-orphans` deletes it."
    )
    return Finding(Kind.ORPHAN, name, sentence)
