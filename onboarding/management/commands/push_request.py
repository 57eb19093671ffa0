"""`manage.py push_request verify`: would Apple take this signed request, whoever made it?"""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from onboarding import trust
from onboarding.pki import kinds, push_request
from onboarding.pki.trust import Trust


class Command(BaseCommand):
    help = "Tell of a signed request, the file for Apple's portal. Needs no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        verify = verbs.add_parser(
            "verify",
            help="check it as Apple would",
            description="Print each check with its result. The exit status is 0 only if Apple"
            " would take the request.",
        )
        verify.add_argument("file", type=Path, metavar="FILE", help="the signed request")
        verify.add_argument(
            "--csr", type=Path, metavar="CSR", help="the CSR that should be in it, PEM or DER"
        )

    def handle(self, *_arguments: object, **options: Any) -> None:
        """Any: argparse's values."""
        data = _read(options["file"])
        csr = _read(options["csr"]) if options["csr"] else None
        current = self._trust()
        checks = push_request.checks(data, trust=current, now=timezone.now(), csr=csr)
        for check in checks:
            result = "ok" if check.passed else "FAILED"
            self.stdout.write(f"{result:<7} {check.name}: {check.detail}")
        failed = [check for check in checks if not check.passed]
        if failed:
            raise CommandError(f"Apple would refuse this request: {len(failed)} check(s) FAILED.")
        self.stdout.write(
            "Apple would take this request."
            if current.is_apple
            else "Under the root of TRUST_ANCHORS this request would be taken."
        )

    def _trust(self) -> Trust:
        try:
            current = trust.packaged()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        if not current.is_apple:
            self.stdout.write("TRUST_ANCHORS is set, so that root stands in for Apple's.")
        return current


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            # One more than the limit: the checks then say that it is too large.
            return file.read(kinds.UPLOAD_LIMIT + 1)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
