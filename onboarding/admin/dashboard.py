"""The first page: what waits, what is stuck, what ends when, who is at work.

Each number leads to the list of exactly what it counts. The number of queries is the same however
much there is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from onboarding import stuck
from onboarding.admin import (
    desk,
    first_steps,
    fragments,
    notices,
    processes,
    push_certificate,
    shortcuts,
    trouble,
    vendor_certificate,
    weeks,
)
from onboarding.admin.page import staff
from onboarding.models import CSR, VendorCertificate
from onboarding.stuck import Part, Stuck
from onboarding.vendor_watch import End

# An order in which a renewal passes through them.
_UNDER_WAY = (
    CSR.State.REQUESTED,
    CSR.State.SUBMITTED,
    CSR.State.APPROVED,
    CSR.State.FAILED,
    CSR.State.SIGNED,
)
_VENDOR_CERTIFICATES = 5


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
    by, now = staff(request), timezone.now()
    vendor = list(VendorCertificate.objects.all()[:_VENDOR_CERTIFICATES])
    late = stuck.find(now=now)
    steps = first_steps.steps(by, now=now)
    troubles = trouble.troubles(late, now=now) if by.has_perm("onboarding.view_alarm") else []
    told = [one.sentence for one in troubles]
    shown = {
        **context,
        "now": now,
        "troubles": troubles,
        "alarms_address": reverse("admin:onboarding_alarm_changelist"),
        "notices": notices.of(vendor[0] if vendor else None, late, told=told, now=now),
        "steps": steps,
        "vendor_certificates": [_vendor(one, now) for one in vendor],
        "vendor_address": reverse("admin:onboarding_vendorcertificate_changelist"),
        "processes": processes.all_of_them(late, now=now),
        "shortcuts": shortcuts.of(by),
        **_desk(request, now),
    }
    # While there is nothing to count, the first steps stand in place of zeros.
    if not steps:
        shown |= _figures(late, now)
    elif CSR.objects.exists():
        shown["tiles"] = _tiles(late, now)
    return shown


def _desk(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """Any: lists of several kinds."""
    by = staff(request)
    piles = desk.piles(by)
    return {
        "has_desk": desk.has_kinds(by),
        "piles": piles.values(),
        "matters": desk.oldest(by, piles, now=now),
    }


def _figures(late: Mapping[Part, Stuck], now: datetime) -> dict[str, Any]:
    """Any: lists of several kinds."""
    return {
        "tiles": [*_tiles(late, now), _ending(now)],
        "bars": weeks.bars(now),
        "renewals": _renewals(now),
        "renewals_address": _list("csr", "renewal", "live"),
    }


def _tiles(late: Mapping[Part, Stuck], now: datetime) -> list[Tile]:
    return [
        _waiting(now),
        _stuck(Part.SIGNING, late, "being signed", now),
        _stuck(Part.KEYS, late, "having a key made", now),
        *([_stuck(Part.EXPORTS, late, "exports being made", now)] if Part.EXPORTS in late else []),
        *(
            [_stuck(Part.MAILS, late, "mails waiting to be sent", now)]
            if Part.MAILS in late
            else []
        ),
        _failed(now),
    ]


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


def _failed(now: datetime) -> Tile:
    failed = CSR.objects.filter(state=CSR.State.FAILED).order_by()
    found = failed.aggregate(count=Count("pk"), oldest=Min("state_since"))
    return Tile(
        number=str(found["count"]),
        title="could not be signed",
        address=_list("csr", "state", CSR.State.FAILED),
        aside=_for(found["oldest"], now, "approve again or reject; the oldest for"),
        tone="danger" if found["count"] else "",
    )


def _ending(now: datetime) -> Tile:
    soon = push_certificate.ending_soon(now).count()
    return Tile(
        number=str(soon),
        title=f"certificates end within {push_certificate.SOON.days} days",
        address=_list("pushcertificate", "which", "soon"),
        tone="warning" if soon else "",
    )


def _renewals(now: datetime) -> list[Tile]:
    """Those under way, by how far they are; what there is none of is left out."""
    found = {
        row["state"]: row
        for row in CSR.objects.renewing()
        .order_by()
        .values("state")
        .annotate(count=Count("pk"), oldest=Min("state_since"))
    }
    return [
        Tile(
            number=str(found[state]["count"]),
            title=str(state.label),
            address=f"{_list('csr', 'renewal', 'live')}&state={state}",
            aside=_for(found[state]["oldest"], now, "the oldest for"),
        )
        for state in _UNDER_WAY
        if state in found
    ]


def _vendor(certificate: VendorCertificate, now: datetime) -> dict[str, Any]:
    """Any: what the template's row needs. The end is the first in the chain."""
    end = End.of(certificate)
    text, tone = vendor_certificate.standing(certificate, now=now)
    return {
        "title": certificate.subject,
        "address": fragments.address_of(certificate),
        "mark": fragments.label(text, tone),
        "end": fragments.end(end.at),
        "by": "" if end.is_own else f"with {end.name} in its chain",
    }


def _list(noun: str, parameter: str, value: str) -> str:
    return f"{reverse(f'admin:onboarding_{noun}_changelist')}?{parameter}={value}"


def _for(at: datetime | None, now: datetime, words: str) -> str:
    return f"{words} {fragments.duration(at, now=now)}" if at else ""
