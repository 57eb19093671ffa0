"""`manage.py audit`: the trail of Events is verified, sealed, and its heads' key is made."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, transaction
from django.template.defaultfilters import pluralize
from django.utils import timezone

from onboarding import durable, errors, keys, lifecycle
from onboarding.audit import comparing, head, sealing
from onboarding.audit.verification import Walk
from onboarding.lifecycle import Actor
from onboarding.management.progress import Progress, duration
from onboarding.models import AuditVerification, EventSeal, UnsealedEvent

# The exit status; argparse's own 2 fits, for then nothing was verified either.
BENT, NOT_VERIFIED = 1, 2


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
                "Exit status: 0 nothing was changed, 1 something was, 2 not all could be verified."
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
        except errors.StorageUnavailable as error:
            sentence = f"Broken off: the file storage cannot be used now ({error.__cause__})."
            raise CommandError(sentence, returncode=NOT_VERIFIED) from error
        except errors.PortalError as error:
            raise CommandError(error.sentence, returncode=NOT_VERIFIED) from error
        except DatabaseError as error:
            sentence = f"Broken off: the database cannot be used ({error})."
            raise CommandError(sentence, returncode=NOT_VERIFIED) from error

    def _verify(self, options: dict[str, Any]) -> None:
        """Any: argparse's values."""
        # Read first: a name that is mistyped should not be told after minutes.
        given = [*_read(options["heads"])]
        public_keys = options["key"] or head.public_keys()
        for one in public_keys:
            head.raw(one)
        started_at, begun, walk = timezone.now(), monotonic(), Walk()
        self._walk(walk, is_quiet=options["json"])
        compared = self._compare(walk, given, public_keys, options)
        walk.finish()
        _keep(walk, started_at=started_at, heads=compared)
        self._report(walk, compared, took=duration(monotonic() - begun), as_json=options["json"])
        _judge(walk, compared)

    def _walk(self, walk: Walk, *, is_quiet: bool) -> None:
        progress = Progress(self.stdout)
        progress.begin("Events", total=_length())
        for count in walk.pages():
            if not is_quiet:
                progress.step(count)

    def _compare(
        self,
        walk: Walk,
        given: list[tuple[str, str]],
        public_keys: list[str],
        options: dict[str, Any],
    ) -> int:
        """Any: argparse's values. How many heads were compared."""
        stored = [] if options["no_storage"] or not public_keys else comparing.from_storage(walk)
        documents = _each(given, stored)
        return comparing.compare(walk, documents, public_keys=public_keys)

    def _report(self, walk: Walk, heads: int, *, took: str, as_json: bool) -> None:
        waiting = UnsealedEvent.objects.count()
        if as_json:
            for one in walk.findings:
                self.stdout.write(json.dumps(one.as_json()))
            total = {"events": walk.after, "heads": heads, "waiting": waiting, "found": walk.found}
            self.stdout.write(json.dumps(total))
            return
        for one in walk.findings:
            self.stdout.write(f"{one.kind.upper():<9} {one.sentence}")
        if walk.found > len(walk.findings):
            self.stdout.write(f"… and {walk.found - len(walk.findings):,} more.")
        ones = pluralize(waiting, " waits for its,s wait for their")
        wait = f" {waiting:,} new one{ones} seal." if waiting else ""
        self.stdout.write(
            f"{walk.after:,} Event{pluralize(walk.after)} and {heads:,} signed"
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
            raise CommandError(sentence, returncode=NOT_VERIFIED) from error


def _each(*lists: Any) -> Iterator[tuple[str, str]]:
    """Any: lists and iterators of names with their documents."""
    for one in lists:
        yield from one


def _length() -> int:
    last = EventSeal.objects.order_by("-seq").values_list("seq", flat=True).first()
    return last or 0


@transaction.atomic
def _keep(walk: Walk, *, started_at: Any, heads: int) -> None:
    """A row and an Event as of a nightly run, so that staff see it and alarms follow it."""
    row = AuditVerification.objects.create(
        started_at=started_at,
        after=walk.after,
        findings=[one.as_json() for one in walk.findings],
        found=walk.found,
        heads=heads,
    )
    lifecycle.verify_audit(row, by=Actor.operator())


def _judge(walk: Walk, heads: int) -> None:
    """Raise CommandError unless all was verified and nothing was changed."""
    if walk.found:
        are = "1 place was" if walk.found == 1 else f"{walk.found:,} places were"
        sentence = f"{are} changed. The first: {walk.findings[0].sentence}"
        raise CommandError(sentence, returncode=BENT)
    if not heads:
        raise CommandError(
            "Nothing was found, but no signed head was compared: if all was written anew, or the"
            " newest Events were cut off, nobody could tell. Set AUDIT_PUBLIC_KEY, or give --key"
            " and the files of heads.",
            returncode=NOT_VERIFIED,
        )
