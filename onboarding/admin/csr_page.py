"""All that a staff member needs to decide about one CSR, gathered for its page."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from onboarding import reasons, seen, stuck, unusual
from onboarding.admin import circumstances, comparison, fragments, key_view
from onboarding.admin.decision_view import SEEN
from onboarding.admin.decisions import offered, why_not_approve
from onboarding.admin.page import staff
from onboarding.lifecycle import Actor, approvals, approvals_number, standing
from onboarding.lifecycle.decision import DECIDABLE
from onboarding.models import CSR, Mail, StandingApproval, StandingUse, User

_SHOWN = 50
_EARLIER = 5


def context(csr: CSR, *, by: User, now: datetime) -> dict[str, Any]:
    """What the template shows. Any: values of many types."""
    before, parsed = comparison.before(csr), comparison.parsed(csr)
    others = CSR.objects.filter(customer=csr.customer).exclude(pk=csr.pk).defer("der", "signature")
    earlier = others.filter(requested_at__lte=csr.requested_at)
    given = list(_approvals(csr))
    return {
        "csr": csr,
        "now": now,
        "decisions": offered(csr, by=by),
        "why_not_approve": why_not_approve(csr, by=by),
        "seen_name": f"{SEEN}{csr.pk}",
        "seen": seen.token(csr),
        "previous": _neighbour(csr, forward=False),
        "next": _neighbour(csr, forward=True),
        "stuck_why": _stuck_why(csr, now),
        "approvals_required": approvals.required(csr),
        "is_undecided": csr.state in unusual.UNDECIDED,
        "fewer": approvals_number.waiting(csr.customer) if csr.state in DECIDABLE else "",
        "approvals": given,
        "counting": sum(row["counts"] for row in given),
        "questions": list(csr.questions.select_related("asked_by", "answered_by")),
        "topic_changes": [
            (one, fragments.address_of(one))
            for one in csr.topic_changes.select_related("csr", "declined_by")[:_EARLIER]
        ],
        "standing_use": getattr(csr, "standing_use", None),
        "to_look_at": _to_look_at(csr, by),
        "standing_why": _standing_why(csr, now),
        "remarks": unusual.remarks(csr, circumstances=circumstances.read(csr), now=now),
        "unusual_then": _unusual_then(csr),
        "comparisons": comparison.rows(csr, parsed, before),
        "before": before,
        "before_end": before and fragments.end(before.certificate.not_after),
        "parsed": parsed,
        "fingerprint": fragments.grouped(csr.public_key_sha256),
        "push_request_sha256": fragments.grouped(csr.push_request_sha256),
        "custody_key": fragments.grouped(csr.custody_key),
        "may_delete_key": key_view.may_delete(csr, by=Actor.of(by)),
        "certificate": getattr(csr, "push_certificate", None),
        "active_certificates": list(csr.customer.push_certificates.active()[:5]),
        "memberships": list(csr.customer.memberships.select_related("user")[:_EARLIER]),
        "asker_role": csr.customer.memberships.filter(user=csr.requested_by).first(),
        "earlier": list(earlier.order_by("-requested_at", "-id")[:_EARLIER]),
        "asked": list(_asked_beside(csr, by)),
        "events": [
            (event, fragments.verb(event)) for event in csr.events.order_by("-at", "-id")[:_SHOWN]
        ],
        "mails": list(csr.mails.all()[:_SHOWN]),
    }


def demand_view(request: HttpRequest) -> None:
    if not staff(request).has_perm("onboarding.view_csr"):
        raise PermissionDenied


def _neighbour(csr: CSR, *, forward: bool) -> CSR | None:
    """The one that waits before or after this one, as the list has them: oldest first."""
    waiting = CSR.objects.awaiting_decision().defer("der", "signature").select_related("customer")
    since = csr.state_since
    if forward:
        after = Q(state_since__gt=since) | Q(state_since=since, pk__gt=csr.pk)
        return waiting.filter(after).first()
    until = Q(state_since__lt=since) | Q(state_since=since, pk__lt=csr.pk)
    return waiting.filter(until).order_by("-state_since", "-id").first()


def _stuck_why(csr: CSR, now: datetime) -> str:
    part = stuck.part_of(csr, now=now)
    return reasons.why(part, now=now) if part else ""


def _approvals(csr: CSR) -> Iterator[dict[str, Any]]:
    """Each approval, and whether it counts; once decided, those that led to it. Any: a row."""
    is_open = csr.state in unusual.UNDECIDED
    counting = {approval.pk for approval in approvals.counting(csr)} if is_open else set()
    for approval in csr.approvals.select_related("staff"):
        yield {"approval": approval, "counts": not is_open or approval.pk in counting}


def _unusual_then(csr: CSR) -> list[str]:
    """What was unusual of a decided CSR when somebody decided it last, as that person read it."""
    if csr.state in unusual.UNDECIDED:
        return []
    decisions = csr.events.filter(verb__in=["approve", "reject"]).order_by("-at", "-id")
    facts = decisions.values_list("facts", flat=True).first() or {}
    return list(facts.get("unusual", []))


def _asked_beside(csr: CSR, by: User) -> QuerySet[Mail]:
    """The mails by which others than this person were asked to approve."""
    asked = csr.mails.filter(kind=Mail.Kind.WAITING).exclude(recipient__iexact=by.email)
    return asked.order_by("recipient")[:_SHOWN]


def _to_look_at(csr: CSR, by: User) -> StandingUse | None:
    """That it was approved by itself, for who may say that somebody has looked at it."""
    use: StandingUse | None = getattr(csr, "standing_use", None)
    is_unseen = use is not None and use.reviewed_at is None
    return use if is_unseen and Actor.of(by).may("approve_csr") else None


def _standing_why(csr: CSR, now: datetime) -> str:
    """Why a renewal that waits was not approved by the customer's standing approval."""
    if csr.renews_id is None or csr.state not in unusual.UNDECIDED:
        return ""
    open_one = StandingApproval.objects.open().filter(customer=csr.customer).first()
    return standing.why_not(csr, open_one, now=now) if open_one else ""
