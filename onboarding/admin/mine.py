"""What of the CSRs and other topics waits for one person of the staff."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Greatest
from django.db.models.lookups import LessThan

from onboarding.lifecycle.decision import DECIDABLE
from onboarding.models import (
    CSR,
    Approval,
    Customer,
    Question,
    TopicChange,
    TopicChangeApproval,
    User,
)


def to_approve(by: User) -> QuerySet[CSR]:
    """Those of which this person's approval is missing and would count.

    Or has to be given again: as many as have to approved it, and not all of them counted.
    """
    takes_others = (
        Q()
        if settings.APPROVALS_REQUIRED > 1
        else Q(approvals_required__gt=1) | Q(customer__approvals_required__gt=1)
    )
    waiting = CSR.objects.awaiting_decision()
    return waiting.exclude(_waits_for_others(by)).exclude(Q(requested_by=by) & takes_others)


def approved(by: User) -> QuerySet[CSR]:
    """Those that this person approved, and that wait for somebody else."""
    return CSR.objects.awaiting_decision().filter(_waits_for_others(by))


def answered(by: User) -> QuerySet[CSR]:
    """Those about which a customer answered this person, until they are decided."""
    undecided = CSR.objects.filter(state__in=DECIDABLE).filter(Exists(_answers(by)))
    return with_answer(undecided, by).order_by("answered_at", "id")


def with_answer(csrs: QuerySet[CSR], by: User) -> QuerySet[Any]:
    """The same, each with `answered_at`: when this person was last answered about it.

    Any: CSRs with a column that the model does not declare.
    """
    newest = _answers(by).order_by("-answered_at").values("answered_at")[:1]
    return csrs.annotate(answered_at=Subquery(newest))


def topics_to_allow(by: User) -> QuerySet[TopicChange]:
    """Those that a customer asks for, and that this person has not allowed yet."""
    given = TopicChangeApproval.objects.filter(topic_change=OuterRef("pk"), staff=by).order_by()
    return TopicChange.objects.awaiting_decision().exclude(Exists(given))


def fewer_to_confirm(by: User) -> QuerySet[Customer]:
    """Those whose smaller number of approvals somebody else asked for."""
    return Customer.objects.wanting_fewer_approvals().exclude(fewer_approvals_by=by)


CSRS: Mapping[str, Callable[[User], QuerySet[CSR]]] = {
    "approve": to_approve,
    "approved": approved,
    "answered": answered,
}


def _answers(by: User) -> QuerySet[Question]:
    """What this person was answered about the CSR of a query around it."""
    given = Question.objects.filter(csr=OuterRef("pk"), asked_by=by, answered_at__isnull=False)
    return given.order_by()


def _waits_for_others(by: User) -> Q:
    """This person approved it, and more people have to."""
    given = Approval.objects.filter(csr=OuterRef("pk")).order_by()
    count = given.values("csr").annotate(count=Count("pk")).values("count")
    needed = Greatest(
        Value(settings.APPROVALS_REQUIRED), "approvals_required", "customer__approvals_required"
    )
    return Q(Exists(given.filter(staff=by))) & Q(LessThan(Subquery(count), needed))
