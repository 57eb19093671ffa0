"""What the operator has to set up, start or mend, each with what to run for it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from onboarding import pulses
from onboarding.models import AppleCertificate, Pulse, VendorCertificate
from onboarding.pki import apple
from onboarding.stuck import Part, Stuck
from onboarding.vendor_watch import End

_PUSH_CA = "AppleAAI2CA.pem"
_START = {
    Pulse.Process.WORKER: "celery -A pushportal worker -Q default -n worker@%h",
    Pulse.Process.SIGNER: "celery -A pushportal worker -Q signing -n signer@%h",
    Pulse.Process.BEAT: "celery -A pushportal beat",
}


@dataclass(frozen=True, slots=True)
class Notice:
    sentence: str
    command: str


def of(
    vendor: VendorCertificate | None, late: Mapping[Part, Stuck], *, now: datetime
) -> list[Notice]:
    """All that hold now. `vendor` is the certificate that lasts longest, `late` what is stuck."""
    return [*_missing_processes(now), *_missing_parts(vendor, late, now)]


def _missing_processes(now: datetime) -> Iterator[Notice]:
    for process, sentence in pulses.absent(now=now).items():
        yield Notice(sentence, _START[process])


def _missing_parts(
    vendor: VendorCertificate | None, late: Mapping[Part, Stuck], now: datetime
) -> Iterator[Notice]:
    if not settings.TRUST_ANCHORS and not _knows_push_ca(now):
        yield Notice(
            "Apple's intermediate that issues push certificates (Apple Application Integration"
            " 2 CA) is not added, so no customer can upload a certificate.",
            "manage.py apple_ca fetch",
        )
    if vendor is None or End.of(vendor).at <= now:
        yield Notice(
            "The signer has no valid vendor certificate, so nothing can be signed.",
            "manage.py vendor_identity check",
        )
    if Part.MAILS in late:
        yield Notice(
            "Mails have waited for more than ten minutes. The list of mails says why.",
            "manage.py sendtestemail YOUR@ADDRESS",
        )


def _knows_push_ca(now: datetime) -> bool:
    sha256 = next(row.sha256 for row in apple.PINNED if row.file == _PUSH_CA)
    return AppleCertificate.objects.filter(fingerprint_sha256=sha256, not_after__gt=now).exists()
