"""What the operator has to set up, start or mend, each with what to run for it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from onboarding import pulses, reasons
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
    vendor: VendorCertificate | None,
    late: Mapping[Part, Stuck],
    *,
    told: Sequence[str],
    now: datetime,
) -> list[Notice]:
    """All that hold now. `vendor` is the certificate that lasts longest, `late` what is stuck.

    `told` are sentences that stand on the same page: none of them is said again.
    """
    return [*_missing_processes(late, told, now), *_missing_parts(vendor, late, now)]


def _missing_processes(
    late: Mapping[Part, Stuck], told: Sequence[str], now: datetime
) -> Iterator[Notice]:
    waited_for = [reasons.doer(part) for part in late]
    for process, sentence in pulses.absent(now=now, waited_for=waited_for).items():
        is_told = any(sentence in one for one in told)
        yield Notice(f"To start the {process}:" if is_told else sentence, _START[process])


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
