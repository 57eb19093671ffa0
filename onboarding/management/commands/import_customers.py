"""Take in customers and their certificates from a CSV and a folder, after a dry run."""

from pathlib import Path
from time import sleep
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from onboarding import errors, lifecycle, storage
from onboarding.importing import folder, reading, turns
from onboarding.importing.table import TITLES
from onboarding.lifecycle import Actor
from onboarding.management import confirmation
from onboarding.management.progress import Progress
from onboarding.models import CustomerImport

# A worker that runs takes turns at it, too.
_PATIENCE = 0.2


class Command(BaseCommand):
    help = "Import customers and certificates: CSV with a line for each, and a folder of PEM files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("csv", type=Path)
        parser.add_argument("folder", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="tell what would happen, stop")
        confirmation.add(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        """Any: Django's own arguments."""
        by = Actor.operator()
        started = self._begin(options["csv"], options["folder"], by)
        self._go_on(started, "Dry run", by)
        self._tell(started)
        if options["dry_run"]:
            lifecycle.call_off_import(started, by=by)
            self.stdout.write("A dry run: nothing was taken in.")
            return
        try:
            confirmation.demand("Carry this out?", is_given=options["yes"])
        except CommandError:
            lifecycle.call_off_import(started, by=by)
            raise
        lifecycle.carry_out_import(started, by=by)
        self._go_on(started, "Import", by)
        self.stdout.write(storage.get(started.report).decode("utf-8-sig"))

    def _begin(self, csv: Path, files: Path, by: Actor) -> CustomerImport:
        try:
            read = reading.read(csv.read_bytes(), folder.of_path(files))
        except OSError as error:
            raise CommandError(f"{csv}: {error.strerror}") from error
        except errors.InvalidImport as error:
            raise CommandError(error.sentence) from error
        name = csv.name[:200]
        return lifecycle.begin_import(name=name, rows=read.rows, remarks=read.remarks, by=by)

    def _go_on(self, started: CustomerImport, what: str, by: Actor) -> None:
        progress = Progress(self.stdout)
        progress.begin(what, total=started.total)
        while started.is_under_way:
            try:
                for _ in turns.go_on(started, by=by):
                    progress.step(1)
            except errors.WrongState:
                sleep(_PATIENCE)
            started.refresh_from_db()

    def _tell(self, started: CustomerImport) -> None:
        for remark in started.remarks:
            self.stdout.write(remark)
        for row in started.rows.order_by("line").defer("certificate").iterator():
            column = f" ({TITLES[row.column]})" if row.column else ""
            self.stdout.write(
                f"Line {row.line}{column}: {row.get_action_display().upper()}. {row.sentence}"
            )
