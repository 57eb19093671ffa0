"""The first page: what waits, what is stuck, what ends soon. Each number leads to its list."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from onboarding import unusual
from onboarding.admin import circumstances, fragments, push_certificate, vendor_certificate
from onboarding.models import CSR, AppleCertificate, Mail, PushCertificate, VendorCertificate
from onboarding.pki import apple

# A signature takes milliseconds, a key less than a second: longer than this, something is wrong.
PATIENCE = timedelta(minutes=1)
_PUSH_CA = "AppleAAI2CA.pem"


@dataclass(frozen=True, slots=True)
class Tile:
    """`tone` is empty while there is nothing to do."""

    number: str
    title: str
    address: str
    aside: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the operator has to set up, and what to run."""

    sentence: str
    command: str


def context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the template shows, for who may see CSRs. Any: Unfold's context."""
    if not request.user.has_perm("onboarding.view_csr"):
        return context
    now = timezone.now()
    vendor = VendorCertificate.objects.first()
    return {
        **context,
        "tiles": [
            _waiting(now),
            _stuck(CSR.objects.awaiting_signature(), CSR.State.APPROVED, "being signed", now),
            _stuck(CSR.objects.awaiting_key(), CSR.State.REQUESTED, "having a key made", now),
            _failed(),
            _ending(now),
            _vendor(vendor, now),
        ],
        "notices": _notices(vendor, now),
        "waiting": _oldest(now),
    }


def _waiting(now: datetime) -> Tile:
    found = CSR.objects.awaiting_decision().aggregate(count=Count("pk"), oldest=Min("state_since"))
    return Tile(
        number=str(found["count"]),
        title="waiting for approval",
        address=_list("csr", "state", CSR.State.SUBMITTED),
        aside=_for(found["oldest"], now, "the oldest for"),
        tone="warning" if found["count"] else "",
    )


def _stuck(csrs: QuerySet[CSR], state: str, doing: str, now: datetime) -> Tile:
    late = csrs.filter(state_since__lt=now - PATIENCE)
    found = late.aggregate(count=Count("pk"), oldest=Min("state_since"))
    return Tile(
        number=str(found["count"]),
        title=f"{doing} for more than a minute",
        address=_list("csr", "state", state),
        aside=_for(found["oldest"], now, "stuck for"),
        tone="danger" if found["count"] else "",
    )


def _failed() -> Tile:
    count = CSR.objects.filter(state=CSR.State.FAILED).count()
    return Tile(
        number=str(count),
        title="could not be signed",
        address=_list("csr", "state", CSR.State.FAILED),
        aside="approve again or reject" if count else "",
        tone="danger" if count else "",
    )


def _ending(now: datetime) -> Tile:
    active = PushCertificate.objects.active()
    soon = active.filter(not_after__gt=now, not_after__lte=now + push_certificate.SOON).count()
    return Tile(
        number=str(soon),
        title=f"certificates end within {push_certificate.SOON.days} days",
        address=_list("pushcertificate", "which", "soon"),
        tone="warning" if soon else "",
    )


def _vendor(vendor: VendorCertificate | None, now: datetime) -> Tile:
    address = reverse("admin:onboarding_vendorcertificate_changelist")
    if vendor is None:
        return Tile("none", "vendor certificate", address, "the signer announced none", "danger")
    days = (vendor.not_after - now).days
    aside = f"until {vendor.not_after:%d %B %Y}"
    if vendor.not_after <= now:
        return Tile("expired", "vendor certificate", address, aside, "danger")
    is_soon = vendor.not_after <= now + vendor_certificate.SOON
    title = "days left for the vendor certificate"
    return Tile(str(days), title, address, aside, "warning" if is_soon else "")


def _notices(vendor: VendorCertificate | None, now: datetime) -> list[Notice]:
    found = []
    if not settings.TRUST_ANCHORS and not _knows_push_ca(now):
        found.append(
            Notice(
                "Apple's intermediate that issues push certificates (Apple Application Integration"
                " 2 CA) is not added, so no customer can upload a certificate.",
                "manage.py apple_ca fetch",
            )
        )
    if vendor is None or vendor.not_after <= now:
        found.append(
            Notice(
                "The signer has no valid vendor certificate, so nothing can be signed.",
                "manage.py vendor_identity check",
            )
        )
    if Mail.objects.unsent().filter(queued_at__lt=now - timedelta(minutes=10)).exists():
        found.append(
            Notice(
                "Mails have waited for more than ten minutes. The list of mails says why.",
                "manage.py sendtestemail YOUR@ADDRESS",
            )
        )
    return found


def _knows_push_ca(now: datetime) -> bool:
    sha256 = next(row.sha256 for row in apple.PINNED if row.file == _PUSH_CA)
    return AppleCertificate.objects.filter(fingerprint_sha256=sha256, not_after__gt=now).exists()


def _oldest(now: datetime) -> list[dict[str, Any]]:
    """The first that wait. Any: what the template's rows need."""
    csrs = circumstances.ask(CSR.objects.defer("signature", "der")).filter(
        state=CSR.State.SUBMITTED
    )
    return [
        {
            "csr": csr,
            "address": fragments.address_of(csr),
            "since": fragments.since(csr.state_since, now=now),
            "remarks": unusual.remarks(csr, circumstances=circumstances.read(csr), now=now),
        }
        for csr in csrs.order_by("state_since", "id")[:8]
    ]


def _list(noun: str, parameter: str, value: str) -> str:
    return f"{reverse(f'admin:onboarding_{noun}_changelist')}?{parameter}={value}"


def _for(at: datetime | None, now: datetime, words: str) -> str:
    return f"{words} {fragments.duration(at, now=now)}" if at else ""
