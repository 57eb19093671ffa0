"""`manage.py audit`: the trail of Events is verified, sealed, and its heads' key is made."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.template.defaultfilters import pluralize
from django.utils import timezone

from onboarding import durable, errors, keys
from onboarding.audit import head, sealing
from onboarding.audit.verification import Walk
from onboarding.management import audit_run
from onboarding.management.audit_run import NOT_VERIFIED, STOPPED, Run, refusal
from onboarding.management.progress import Progress, duration


class Command(BaseCommand):
    help = (
        "Verify the audit trail: every Event against the chain of seals, and the chain against the"
        " signed heads that left the database."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        verify = verbs.add_parser(
            "verify",
            help="find what was edited, deleted, inserted, swapped, cut off or rewritten",
            description=(
                "Exit status: 0 nothing was changed, 1 something was, 2 not all could be verified,"
                " or the database does not refuse to change Events."
                " A worker seals new Events every few seconds; those that still wait are counted."
            ),
        )
        verify.add_argument(
            "heads", nargs="*", type=Path, metavar="FILE", help="heads that were kept elsewhere"
        )
        verify.add_argument(
            "--key",
            action="append",
            default=[],
            metavar="KEY",
            help="a public key (base64) that signs heads, in place of AUDIT_PUBLIC_KEY",
        )
        verify.add_argument(
            "--no-storage", action="store_true", help="leave the heads in the file storage alone"
        )
        verify.add_argument(
            "--json", action="store_true", help="a JSON object per finding, and the sum as the last"
        )
        new = verbs.add_parser(
            "new",
            help="make the key that signs heads",
            description=(
                "Make a new key pair, in the files audit_key (for the worker alone, 0600) and"
                " audit_public_key. Nothing is overwritten."
            ),
        )
        new.add_argument("folder", type=Path, help="where both files are written")
        verbs.add_parser("seal", help="seal what waits now, without a worker")

    def handle(self, *_arguments: object, **options: Any) -> None:
        """Any: argparse's values."""
        run = {"verify": self._verify, "new": self._new, "seal": self._seal}[options["verb"]]
        try:
            run(options)
        except errors.PortalError as error:
            raise refusal(error.sentence, returncode=NOT_VERIFIED) from error
        except DatabaseError as error:
            sentence = f"Broken off: {audit_run.reason(error)}."
            raise refusal(sentence, returncode=NOT_VERIFIED) from error

    def _verify(self, options: dict[str, Any]) -> None:
        """Any: argparse's values."""
        # Read first: a name that is mistyped should not be told after minutes.
        given = [*_read(options["heads"])]
        public_keys = options["key"] or head.public_keys()
        for one in public_keys:
            head.raw(one)
        run = audit_run.Run(timezone.now(), given)
        begun, as_json = monotonic(), options["json"]
        try:
            self._look(run, is_quiet=as_json)
            if public_keys and not options["no_storage"]:
                run.read_storage()
            run.compare(public_keys)
            run.finish()
        except KeyboardInterrupt:
            self._report(run.walk, as_json=as_json)
            self.stderr.write(
                f"\nUntil it was stopped, at number {run.walk.after:,} of the chain,"
                f" {audit_run.changed(run.walk.found)}. That is not kept: run again, it begins"
                " anew."
            )
            # Further up it would be said that the command goes on from here.
            sys.exit(STOPPED)
        # Told before it is kept: who owns the database can see to it that nothing can be.
        self._report(run.walk, as_json=as_json)
        run.keep()
        self._sum_up(run, took=duration(monotonic() - begun), as_json=as_json)
        run.judge()

    def _look(self, run: Run, *, is_quiet: bool) -> None:
        if is_quiet:
            run.look(lambda _: None)
            return
        progress = Progress(self.stdout)
        progress.begin("Events", total=audit_run.length())
        try:
            run.look(progress.step)
        finally:
            progress.clear()

    def _report(self, walk: Walk, *, as_json: bool) -> None:
        for one in walk.findings:
            self.stdout.write(
                json.dumps(one.as_json()) if as_json else f"{one.kind.upper():<9} {one.sentence}"
            )
        if walk.found > len(walk.findings) and not as_json:
            self.stdout.write(f"… and {walk.found - len(walk.findings):,} more.")
        # Nothing that comes may hold it back.
        self.stdout.flush()

    def _sum_up(self, run: Run, *, took: str, as_json: bool) -> None:
        events, heads, waiting = run.walk.after, run.heads, run.waiting
        if as_json:
            total = {"events": events, "heads": heads, "waiting": waiting, "found": run.walk.found}
            self.stdout.write(json.dumps(total))
            return
        ones = pluralize(waiting, " waits for its,s wait for their")
        wait = f" {waiting:,} new one{ones} seal." if waiting else ""
        self.stdout.write(
            f"{events:,} Event{pluralize(events)} and {heads:,} signed"
            f" head{pluralize(heads)} compared in {took}.{wait}"
        )

    def _new(self, options: dict[str, Any]) -> None:
        """Any: argparse's values."""
        folder: Path = options["folder"].resolve()
        private_file, public_file = folder / "audit_key", folder / "audit_public_key"
        for path in (private_file, public_file):
            if os.path.lexists(path):
                raise CommandError(
                    f"{path} is there already and is not overwritten. Choose another folder."
                )
        private, public = keys.new_audit_key_pair()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            durable.sync_folder(folder.parent)
            durable.write_new(private_file, f"{private}\n".encode("ascii"), mode=0o600)
            durable.write_new(public_file, f"{public}\n".encode("ascii"), mode=0o644)
        except OSError as error:
            what = error.filename or "The file of a key"
            raise CommandError(f"{what} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"AUDIT_KEY_FILE={private_file}")
        self.stdout.write(f"AUDIT_PUBLIC_KEY_FILE={public_file}")
        self.stdout.write(
            "The worker alone needs the first. Keep a copy of the second where the portal's people"
            " cannot change it: it tells that a head is genuine."
        )

    def _seal(self, _options: dict[str, Any]) -> None:
        """Any: argparse's values."""
        count = sealing.seal(now=timezone.now())
        self.stdout.write(f"{count:,} Event{pluralize(count)} sealed.")


def _read(paths: list[Path]) -> Iterator[tuple[str, str]]:
    for path in paths:
        try:
            yield str(path), path.read_text(encoding="ascii", errors="replace")
        except OSError as error:
            sentence = f"{path} cannot be read: {error.strerror}."
            raise refusal(sentence, returncode=NOT_VERIFIED) from error
