"""All that is known of one customer, gathered for its page: a few of each, and where all are."""

from datetime import datetime
from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse

from onboarding.admin import (
    approving_view,
    decisions,
    fragments,
    remind_view,
    sign_in_question,
    told,
)
from onboarding.admin.reminder import OF_CUSTOMER
from onboarding.lifecycle import reminding
from onboarding.models import CSR, Customer, PushCertificate, TopicChange, User

_SHOWN = 10


def context(customer: Customer, *, by: User, now: datetime) -> dict[str, Any]:
    """What the template shows. Any: values of many types."""
    certificates = (
        customer.push_certificates.telling_exports()
        .defer("der", "csr__der", "csr__signature")
        .order_by("-not_after", "-id")
    )
    csrs = customer.csrs.defer("der", "signature").select_related("requested_by")
    events = customer.events.order_by("-at", "-id")
    # Nobody of a closed customer is asked or told anything.
    active = [] if customer.closed_at else list(certificates.active()[:_SHOWN])
    shown = list(certificates[:_SHOWN])
    possible_from = reminding.possible_from(shown)
    return {
        "customer": customer,
        "now": now,
        "people": list(customer.memberships.select_related("user").order_by("role", "user__email")),
        "certificates": [_certificate(one, by, now, possible_from.get(one.pk)) for one in shown],
        "waiting": [_waiting(one, by) for one in csrs.awaiting_decision()[:_SHOWN]],
        "topics": [
            {"row": one, "address": fragments.address_of(one)} for one in _topics(customer)[:_SHOWN]
        ],
        "checks": [
            {"check": one, "answer": sign_in_question.answer(one.question) if one.question else ""}
            for one in told.checks(active, now=now)
        ],
        "told": [(one, told.when(one.reminder.threshold)) for one in told.last(customer)],
        "coming": told.coming(active, now=now),
        "readers": sorted(customer.readers()),
        "csrs": [{"row": one, "address": fragments.address_of(one)} for one in csrs[:_SHOWN]],
        "events": [(event, fragments.verb(event)) for event in events[: 2 * _SHOWN]],
        "notes": list(customer.notes.all()[: 5 * _SHOWN]),
        "attachments": list(customer.attachments.select_related("added_by")[: 5 * _SHOWN]),
        "all_of": {
            "csrs": _list("csr", customer, state="all"),
            "certificates": _list("pushcertificate", customer, which="all"),
            "events": _list("event", customer),
            "reminders": _of_certificates("reminder", customer),
            "checks": _of_certificates("signinquestion", customer),
        },
        "more": {
            "csrs": _more(csrs),
            "certificates": _more(certificates),
            "events": _more(events, 2 * _SHOWN),
        },
        "invitations": list(customer.invitations.open().with_mail()[: 2 * _SHOWN]),
        "approving_address": reverse(
            "admin:onboarding_standingapproval_of_customer", args=[customer.pk]
        ),
        "may_see_approving": by.has_perm("onboarding.view_standingapproval"),
        **approving_view.fewer_approvals(customer, by=by),
        "may_invite": by.has_perm("onboarding.invite_people") and not customer.closed_at,
        "may_annotate": by.has_perm("onboarding.annotate_customer"),
        "may_close": by.has_perm("onboarding.close_customer"),
        "may_see_files": by.has_perm("onboarding.view_attachment"),
        "may_see_notes": by.has_perm("onboarding.view_note"),
    }


def _certificate(
    certificate: PushCertificate, by: User, now: datetime, possible_from: datetime | None
) -> dict[str, Any]:
    """Any: what the template's row needs."""
    is_active = certificate.state == PushCertificate.State.ACTIVE
    return {
        "row": certificate,
        "address": fragments.address_of(certificate),
        "end": fragments.end(certificate.not_after),
        "is_expired": is_active and certificate.is_expired(now),
        "is_key_lost": is_active and certificate.is_key_lost,
        "may_remind": remind_view.may_remind(certificate, by=by),
        "remind_from": remind_view.ahead(possible_from, now=now),
    }


def _waiting(csr: CSR, by: User) -> dict[str, Any]:
    """Any: what the template's row needs."""
    return {
        "row": csr,
        "address": fragments.address_of(csr),
        "decisions": [one.button.lower() for one in decisions.offered(csr, by=by)],
    }


def _topics(customer: Customer) -> QuerySet[TopicChange]:
    changes = TopicChange.objects.filter(csr__customer=customer)
    return changes.select_related("csr__customer", "declined_by").defer(
        "csr__der", "csr__signature"
    )


def _more(rows: "QuerySet[Any]", shown: int = _SHOWN) -> bool:
    """Whether there are more than are shown, without counting them. Any: rows of one noun."""
    return bool(rows.values_list("pk")[shown : shown + 1])


def _list(noun: str, customer: Model, **filters: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    address = reverse(f"admin:onboarding_{noun}_changelist")
    return f"{address}?{query}{'&' if query else ''}customer__id__exact={customer.pk}"


def _of_certificates(noun: str, customer: Customer) -> str:
    address = reverse(f"admin:onboarding_{noun}_changelist")
    return f"{address}?{OF_CUSTOMER}={customer.pk}"
