"""All that is known of one customer, gathered for its page: a few of each, and where all are."""

from datetime import datetime
from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse

from onboarding.admin import fragments
from onboarding.models import Customer, PushCertificate, User

_SHOWN = 10


def context(customer: Customer, *, by: User, now: datetime) -> dict[str, Any]:
    """What the template shows. Any: values of many types."""
    certificates = customer.push_certificates.defer("der").order_by("-not_after", "-id")
    csrs = customer.csrs.defer("der", "signature").select_related("requested_by")
    events = customer.events.order_by("-at", "-id")
    return {
        "customer": customer,
        "now": now,
        "people": list(customer.memberships.select_related("user").order_by("role", "user__email")),
        "certificates": [_certificate(one, now) for one in certificates[:_SHOWN]],
        "csrs": [{"row": one, "address": fragments.address_of(one)} for one in csrs[:_SHOWN]],
        "events": [(event, fragments.verb(event)) for event in events[: 2 * _SHOWN]],
        "notes": list(customer.notes.all()[: 5 * _SHOWN]),
        "attachments": list(customer.attachments.select_related("added_by")[: 5 * _SHOWN]),
        "all_of": {
            "csrs": _list("csr", customer, state="all"),
            "certificates": _list("pushcertificate", customer, which="all"),
            "events": _list("event", customer),
        },
        "more": {
            "csrs": _more(csrs),
            "certificates": _more(certificates),
            "events": _more(events, 2 * _SHOWN),
        },
        "invitations": list(customer.invitations.open()[: 2 * _SHOWN]),
        "may_invite": by.has_perm("onboarding.invite_people") and not customer.closed_at,
        "may_annotate": by.has_perm("onboarding.annotate_customer"),
        "may_close": by.has_perm("onboarding.close_customer"),
        "may_see_files": by.has_perm("onboarding.view_attachment"),
        "may_see_notes": by.has_perm("onboarding.view_note"),
    }


def _certificate(certificate: PushCertificate, now: datetime) -> dict[str, Any]:
    """Any: what the template's row needs."""
    is_active = certificate.state == PushCertificate.State.ACTIVE
    return {
        "row": certificate,
        "address": fragments.address_of(certificate),
        "end": fragments.end(certificate.not_after, now=now),
        "is_expired": is_active and certificate.is_expired(now),
    }


def _more(rows: "QuerySet[Any]", shown: int = _SHOWN) -> bool:
    """Whether there are more than are shown, without counting them. Any: rows of one noun."""
    return bool(rows.values_list("pk")[shown : shown + 1])


def _list(noun: str, customer: Model, **filters: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    address = reverse(f"admin:onboarding_{noun}_changelist")
    return f"{address}?{query}{'&' if query else ''}customer__id__exact={customer.pk}"
