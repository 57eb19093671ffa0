"""`manage.py apple_ca`: Apple's intermediates beside the packaged ones."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cryptography import x509
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, transaction
from django.utils import timezone

from onboarding import errors, lifecycle
from onboarding.lifecycle import Actor
from onboarding.management import apple_site
from onboarding.models import AppleCertificate
from onboarding.pki import apple, certificates, kinds
from onboarding.pki.trust import Trust, verify_intermediate


class Command(BaseCommand):
    help = "Get, add and list Apple's CA certificates. Only pinned or Apple-issued ones are taken."
    # It brings what other checks may miss.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        verbs.add_parser("fetch", help="get the pinned certificates from Apple's addresses")
        add = verbs.add_parser(
            "add",
            help="add certificates from a file, PEM or DER",
            description="Each certificate must be pinned by its SHA-256 or issued by the pinned"
            " Apple Root CA; otherwise the whole file is refused.",
        )
        add.add_argument("file", type=Path, metavar="FILE", help="one or several certificates")
        verbs.add_parser("list", help="list what is packaged, added and missing")

    def handle(self, *_arguments: object, **options: Any) -> None:
        """Any: argparse's values."""
        if settings.TRUST_ANCHORS:
            self.stdout.write(
                "TRUST_ANCHORS is set and replaces Apple's certificates: what is added here counts"
                " once it is no longer set."
            )
        try:
            {"fetch": self._fetch, "add": self._add, "list": self._list}[options["verb"]](options)
        except errors.PortalError as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(
                f"The database cannot be used ({error}). Is it migrated? Run: manage.py migrate"
            ) from error

    def _fetch(self, _options: dict[str, Any]) -> None:
        refusals = []
        for row in apple_site.wanted():
            try:
                self._store([apple_site.fetch(row)])
            except errors.UnknownIssuer as error:
                refusals.append(str(error))
        if refusals:
            raise CommandError("\n".join(refusals))

    def _add(self, options: dict[str, Any]) -> None:
        self._store([_known(one) for one in certificates.read(_read(options["file"]))])

    @transaction.atomic
    def _store(self, found: Iterable[x509.Certificate]) -> None:
        for certificate in found:
            name = certificates.title(certificate.subject)
            if certificate in (*apple.ANCHORS, *apple.bundled()):
                self.stdout.write(f"{name} is in the package already.")
                continue
            is_new = lifecycle.add_apple_certificate(certificate, by=Actor.operator())
            self.stdout.write(f"{name} {'was added' if is_new else 'is there already'}.")

    def _list(self, _options: dict[str, Any]) -> None:
        packaged = (*apple.ANCHORS, *apple.bundled())
        added = [
            x509.load_der_x509_certificate(bytes(row.der)) for row in AppleCertificate.objects.all()
        ]
        for state, held in (("packaged", packaged), ("added", added)):
            for certificate in held:
                self.stdout.write(f"{state:<9} {_line(certificate)}")
        held_sha256 = {certificates.fingerprint(one) for one in (*packaged, *added)}
        for row in apple_site.wanted():
            if row.sha256 not in held_sha256:
                self.stdout.write(f"missing   {row.name}: {row.role}")


def _known(certificate: x509.Certificate) -> x509.Certificate:
    """The certificate when it is pinned or the pinned root issued it; else InvalidChain."""
    if apple.pinned(certificate):
        return certificate
    return verify_intermediate(certificate, trust=Trust.apple(), now=timezone.now())


def _line(certificate: x509.Certificate) -> str:
    row = apple.pinned(certificate)
    end = certificate.not_valid_after_utc
    role = row.role if row else "not in the table; issued by Apple Root CA"
    past = ", EXPIRED" if end <= timezone.now() else ""
    return f"{certificates.title(certificate.subject)}, until {end:%Y-%m-%d}{past}: {role}"


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(kinds.UPLOAD_LIMIT + 1)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    if len(data) > kinds.UPLOAD_LIMIT:
        raise CommandError(f"{path} is larger than 64 KB, so it is no list of CA certificates.")
    return data
