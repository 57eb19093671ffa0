"""`manage.py sign_csr`: one CSR becomes a signed request, on a machine that may be offline."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from onboarding import errors, trust
from onboarding.pki import csr as csrs
from onboarding.pki import kinds
from signing.management import identity_options, refusals
from signing.setup import files
from signing.sign import SignedRequest, sign


class Command(BaseCommand):
    help = (
        "Sign one customer's CSR with the vendor's identity. Needs no database and no network;"
        " nothing is recorded."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("csr", type=Path, metavar="CSR", help="the CSR, PEM or DER")
        parser.add_argument(
            "-o",
            "--output",
            type=Path,
            metavar="FILE",
            help="the signed request to write, - for standard output"
            " (default: beside the CSR, with .plist.b64 in place of its ending)",
        )
        identity_options.add(parser)

    def handle(self, *_arguments: object, **options: Any) -> None:
        """Any: argparse's values."""
        csr: Path = options["csr"]
        output: Path = options["output"] or csr.with_suffix(".plist.b64")
        files.demand_new(output)
        with refusals.as_sentences():
            data = files.read(csr)
            signed = self._signed(data, options)
        if output == files.STDOUT:
            self.stdout.write(signed.content.decode("ascii"), ending="")
            return
        files.write_new(output, signed.content, mode=files.PUBLIC)
        self._tell(output, signed, csrs.parse(data).subject.as_text())

    def _signed(self, data: bytes, options: dict[str, Any]) -> SignedRequest:
        """Any: argparse's values."""
        # The CSR first: a wrong file should not cost a passphrase.
        csr_der, current, now = _csr_der(data), trust.packaged(), timezone.now()
        identity = identity_options.load(options, trust=current, now=now)
        if not current.is_apple:
            self.stderr.write("TRUST_ANCHORS is set: Apple's own portal may not take this request.")
        return sign(csr_der, identity=identity, trust=current, now=now)

    def _tell(self, output: Path, signed: SignedRequest, subject: str) -> None:
        self.stdout.write(f"Signed: {subject or 'a CSR without subject'}")
        self.stdout.write(f"Written to {output} (SHA-256 {signed.sha256}).")
        self.stdout.write(f"The customer uploads it at {settings.APPLE_PORTAL_URL}")


def _csr_der(data: bytes) -> bytes:
    try:
        return kinds.csr_der(data)
    except errors.PrivateKeyUploaded as error:
        # The sentence for uploads would call it exposed, and here it never left the machine.
        raise CommandError(
            "This file holds a private key, so it is no CSR. Give the CSR (PEM or DER)."
        ) from error
