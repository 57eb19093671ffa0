"""`manage.py verify_store`: database and file storage compared, both ways."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, transaction
from django.utils import timezone

from onboarding import errors, lifecycle, printable, storage, store
from onboarding.lifecycle import Actor
from onboarding.management import confirmation
from onboarding.management.progress import Progress, duration
from onboarding.models import StoreVerification
from onboarding.models.store_verification import counted

# The exit status; argparse's own 2 fits, for then nothing was checked either.
DIFFERENCES, NOT_CHECKED = 1, 2


class Command(BaseCommand):
    help = (
        "Make every signed request again and verify it as Apple would, compare every certificate"
        " with its CSR, read every file back from storage, and list what is missing, changed or"
        " named by no row. Run it under the worker's settings: it opens the sealed keys. Exit"
        " status: 0 all is as it should be, 1 there are differences, 2 not all could be checked."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument(
            "--json",
            action="store_true",
            help="a JSON object per finding, each on its line, and the sum as the last one",
        )
        what.add_argument(
            "--delete-orphans",
            action="store_true",
            help="compare nothing; list the files that no row names, ask, and delete them",
        )
        confirmation.add(parser)

    def handle(self, *_arguments: object, **options: Any) -> None:
        """Any: argparse's values."""
        try:
            bench = store.Bench.current(now=timezone.now())
            if options["delete_orphans"]:
                self._delete_orphans(bench, is_sure=options["yes"])
            else:
                self._compare(bench, as_json=options["json"])
        except errors.StorageUnavailable as error:
            sentence = (
                f"Broken off: the file storage cannot be used now ({error.__cause__}). Nothing was"
                " changed. See to it that the storage that STORAGE names answers, then run this"
                " again."
            )
            raise CommandError(sentence, returncode=NOT_CHECKED) from error
        except DatabaseError as error:
            sentence = (
                f"Broken off: the database cannot be used ({error}). See to it that DATABASE_URL is"
                " right and the database answers, then run this again."
            )
            raise CommandError(sentence, returncode=NOT_CHECKED) from error

    def _compare(self, bench: store.Bench, *, as_json: bool) -> None:
        started_at, begun, tally = timezone.now(), monotonic(), store.Tally()
        if bench.ring is None and not as_json:
            self.stdout.write(
                f"Sealed push keys are not opened: {bench.without_ring} Each is still read, and"
                " compared with its name."
            )
        for page in self._json(bench) if as_json else self._lines(bench):
            tally.add(page)
        _keep(tally, started_at=started_at)
        why = _why_unopened(bench) if tally.unchecked else ""
        if as_json:
            self._put({**_sum(tally), "unchecked_because": why})
        _judge(tally, why)
        if not as_json:
            took = duration(monotonic() - begun)
            self.stdout.write(f"All is as it should be: {_rows(tally.total)} in {took}.")

    def _json(self, bench: store.Bench) -> Iterable[store.Page]:
        for page, _ in store.pages(bench):
            for one in page.findings:
                self._put({"kind": one.kind, "about": one.about, "sentence": one.sentence})
            yield page

    def _lines(self, bench: store.Bench) -> Iterable[store.Page]:
        progress, part = Progress(self.stdout), None
        kinds: Counter[store.Kind] = Counter()
        checked = 0
        for page, there in store.pages(bench):
            if page.part is not part:
                part, checked = page.part, 0
                kinds.clear()
                progress.begin(part.title, total=part.total())
            for one in page.findings:
                kinds[one.kind] += 1
                if one.is_difference:
                    progress.line(f"{one.kind.upper():<10} {one.sentence}")
            checked += page.checked
            progress.step(page.checked)
            yield page
            if there is None or there.part != part.name:
                progress.line(_line(part, checked, kinds))

    def _delete_orphans(self, bench: store.Bench, *, is_sure: bool) -> None:
        names = []
        for page, _ in store.pages(bench, start=store.FILES):
            for one in page.findings:
                self.stdout.write(one.sentence)
                if storage.is_ours(one.about):
                    names.append(one.about)
        if not names:
            self.stdout.write("There is no file of the portal's that no row names.")
            return
        are = "1 file is" if len(names) == 1 else f"{len(names):,} files are"
        question = (
            f"{are} deleted for good. If the database was brought back from a backup, they may be"
            " the only copies of push keys made since. Delete them?"
        )
        confirmation.demand(question, is_given=is_sure)
        deleted = [name for name in names if self._delete(name)]
        self.stdout.write(f"{len(deleted):,} deleted.")

    def _delete(self, name: str) -> bool:
        # Time has passed while somebody read and typed.
        if not store.is_orphan(name, store.Bench.current(now=timezone.now())):
            self.stdout.write(f"A row names {printable.escaped(name)} by now; it stays.")
            return False
        lifecycle.delete_orphan(name, by=Actor.operator())
        storage.delete(name)
        return True

    def _put(self, value: dict[str, object]) -> None:
        # In ASCII: a name may hold what no terminal should see, or what is no text at all.
        self.stdout.write(json.dumps(value))


@transaction.atomic
def _keep(tally: store.Tally, *, started_at: datetime) -> None:
    """A row and an Event as of a nightly run, so that staff see it and alarms follow it."""
    row = StoreVerification.objects.create(
        started_at=started_at,
        checked=tally.checked,
        findings=tally.sentences,
        differences=tally.differences,
    )
    lifecycle.verify_store(row, is_complete=not tally.unchecked, by=Actor.operator())


def _judge(tally: store.Tally, why_unopened: str) -> None:
    """Raise CommandError unless all was checked and nothing differs."""
    if tally.differences:
        sentence = f"{counted(tally.differences)} between files and database; each is told above."
        also = f" Also, {_unopened(tally, why_unopened)}" if tally.unchecked else ""
        raise CommandError(sentence + also, returncode=DIFFERENCES)
    if tally.unchecked:
        sentence = f"No difference was found, but {_unopened(tally, why_unopened)}"
        raise CommandError(sentence, returncode=NOT_CHECKED)


def _unopened(tally: store.Tally, why: str) -> str:
    count = tally.unchecked
    one, several = "1 sealed push key was", f"{count:,} sealed push keys were"
    return (
        f"{one if count == 1 else several} not opened, so that nobody knows whether the right key"
        f" is inside. {why}"
    )


def _rows(count: int) -> str:
    return "1 row or file" if count == 1 else f"{count:,} rows and files"


def _why_unopened(bench: store.Bench) -> str:
    if bench.ring is None:
        return (
            f"{bench.without_ring} Run this under the worker's settings, which name both halves of"
            " the custody key."
        )
    return (
        "CUSTODY_PRIVATE_KEY does not hold the custody keys to which these are sealed:"
        " `manage.py custody status` names them. Put them back."
    )


def _sum(tally: store.Tally) -> dict[str, object]:
    return {
        "checked": tally.checked,
        "differences": tally.differences,
        "unchecked": tally.unchecked,
        "as_of_their_time": tally.past,
    }


def _line(part: store.Part, checked: int, kinds: Counter[store.Kind]) -> str:
    unchecked, past = kinds[store.Kind.UNCHECKED], kinds[store.Kind.PAST]
    differences = kinds.total() - unchecked - past
    notes = [
        counted(differences) if differences else "no difference",
        *([f"{unchecked:,} not opened"] if unchecked else []),
        *([f"{past:,} hold as of their time, for certificates have ended since"] if past else []),
    ]
    return f"{part.title}: {checked:,} checked, {'; '.join(notes)}."
