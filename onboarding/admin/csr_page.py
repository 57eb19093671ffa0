"""All that a staff member needs to decide about one CSR, gathered for its page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from onboarding import errors, reasons, stuck, unusual
from onboarding.admin import circumstances, fragments, key_view
from onboarding.admin.decisions import BY_NAME, Decision
from onboarding.admin.page import staff
from onboarding.lifecycle import Actor
from onboarding.models import CSR, User
from onboarding.pki import csr as pki_csr

_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Comparison:
    """One attribute: as the CSR has it, beside the customer's record where that has it too."""

    name: str
    in_csr: str
    in_record: str = ""
    differs: bool = False


def context(csr: CSR, *, by: User, now: datetime) -> dict[str, Any]:
    """What the template shows. Any: values of many types."""
    return {
        "csr": csr,
        "now": now,
        "decisions": _decisions(csr, by),
        "stuck_why": _stuck_why(csr, now),
        "approvals_required": settings.APPROVALS_REQUIRED,
        "approvals": list(csr.approvals.select_related("staff")),
        "remarks": unusual.remarks(csr, circumstances=circumstances.read(csr), now=now),
        "comparisons": _comparisons(csr),
        "parsed": _parsed(csr),
        "fingerprint": fragments.grouped(csr.public_key_sha256),
        "push_request_sha256": fragments.grouped(csr.push_request_sha256),
        "custody_key": fragments.grouped(csr.custody_key),
        "may_delete_key": key_view.may_delete(csr, by=Actor.of(by)),
        "certificate": getattr(csr, "push_certificate", None),
        "renews_end": csr.renews and fragments.end(csr.renews.not_after, now=now),
        "active_certificates": list(csr.customer.push_certificates.active()[:5]),
        "events": [
            (event, fragments.verb(event)) for event in csr.events.order_by("-at", "-id")[:_SHOWN]
        ],
        "mails": list(csr.mails.all()[:_SHOWN]),
    }


def demand_view(request: HttpRequest) -> None:
    if not staff(request).has_perm("onboarding.view_csr"):
        raise PermissionDenied


def _stuck_why(csr: CSR, now: datetime) -> str:
    part = stuck.part_of(csr, now=now)
    return reasons.why(part, now=now) if part else ""


def _decisions(csr: CSR, by: User) -> list[Decision]:
    actor = Actor.of(by)
    return [one for one in BY_NAME.values() if actor.may(one.permission) and one.fits(csr)]


def _comparisons(csr: CSR) -> list[Comparison]:
    name, country = csr.customer.name, csr.customer.country
    rows = [
        Comparison(
            "Organisation (O)", csr.organization, name, unusual.differs(csr.organization, name)
        ),
        Comparison("Country (C)", csr.country, country, unusual.differs(csr.country, country)),
        Comparison("Common name (CN)", csr.common_name),
        Comparison("Unit (OU)", csr.organizational_unit),
        Comparison("E-mail address", csr.email),
    ]
    return [row for row in rows if row.in_csr or row.in_record]


def _parsed(csr: CSR) -> pki_csr.CSR | None:
    if csr.der is None:
        return None
    try:
        return pki_csr.parse(bytes(csr.der))
    except errors.PortalError:
        # It was fit when it came in; the page must open even if the bytes no longer are.
        return None
