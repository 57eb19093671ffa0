"""The first page: what waits, what is stuck, what ends soon. Each number leads to its list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from onboarding import stuck, unusual
from onboarding.admin import (
    circumstances,
    fragments,
    notices,
    push_certificate,
    trouble,
    vendor_certificate,
)
from onboarding.models import CSR, PushCertificate, VendorCertificate
from onboarding.stuck import Part, Stuck
from onboarding.vendor_watch import End


@dataclass(frozen=True, slots=True)
class Tile:
    """`tone` is empty while there is nothing to do."""

    number: str
    title: str
    address: str
    aside: str = ""
    tone: str = ""


def context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the template shows, for who may see CSRs. Any: Unfold's context."""
    if not request.user.has_perm("onboarding.view_csr"):
        return context
    now = timezone.now()
    vendor = VendorCertificate.objects.first()
    late = stuck.find(now=now)
    may_see_alarms = request.user.has_perm("onboarding.view_alarm")
    return {
        **context,
        "tiles": [
            _waiting(now),
            _stuck(Part.SIGNING, late, "being signed", now),
            _stuck(Part.KEYS, late, "having a key made", now),
            *([_stuck(Part.EXPORTS, late, "exported", now)] if Part.EXPORTS in late else []),
            _failed(),
            _ending(now),
            _vendor(vendor, now),
        ],
        "troubles": trouble.troubles(late, now=now) if may_see_alarms else [],
        "alarms_address": reverse("admin:onboarding_alarm_changelist"),
        "notices": notices.of(vendor, late, now=now),
        "waiting": _oldest(now),
        "now": now,
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


def _stuck(part: Part, late: Mapping[Part, Stuck], doing: str, now: datetime) -> Tile:
    here = late.get(part)
    return Tile(
        number=str(here.count if here else 0),
        title=f"{doing} for too long",
        address=trouble.list_of(part),
        aside=_for(here.since if here else None, now, "stuck for"),
        tone="danger" if here else "",
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
    end = End.of(vendor).at
    days = (end - now).days
    aside = f"until {end:%d %B %Y}"
    if end <= now:
        return Tile("expired", "vendor certificate", address, aside, "danger")
    is_soon = end <= now + vendor_certificate.SOON
    title = "days left for the vendor certificate"
    return Tile(str(days), title, address, aside, "warning" if is_soon else "")


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
