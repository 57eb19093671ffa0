"""What of the CSRs and other topics waits for one person of the staff."""

from collections.abc import Callable, Mapping

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from onboarding.models import CSR, Approval, Question, TopicChange, TopicChangeApproval, User

UNDECIDED = (CSR.State.SUBMITTED, CSR.State.FAILED)


def to_approve(by: User) -> QuerySet[CSR]:
    """Those of which this person's approval is missing and would count."""
    takes_others = (
        Q()
        if settings.APPROVALS_REQUIRED > 1
        else Q(approvals_required__gt=1) | Q(customer__approvals_required__gt=1)
    )
    waiting = CSR.objects.awaiting_decision()
    return waiting.exclude(_approved(by)).exclude(Q(requested_by=by) & takes_others)


def approved(by: User) -> QuerySet[CSR]:
    """Those that this person approved, and that wait for somebody else."""
    return CSR.objects.awaiting_decision().filter(_approved(by))


def answered(by: User) -> QuerySet[CSR]:
    """Those about which a customer answered this person, until they are decided."""
    answers = Question.objects.filter(
        csr=OuterRef("pk"), asked_by=by, answered_at__isnull=False
    ).order_by()
    undecided = CSR.objects.filter(state__in=UNDECIDED).filter(Exists(answers))
    return undecided.order_by("state_since", "id")


def topics_to_allow(by: User) -> QuerySet[TopicChange]:
    """Those that a customer asks for, and that this person has not allowed yet."""
    given = TopicChangeApproval.objects.filter(topic_change=OuterRef("pk"), staff=by).order_by()
    return TopicChange.objects.awaiting_decision().exclude(Exists(given))


CSRS: Mapping[str, Callable[[User], QuerySet[CSR]]] = {
    "approve": to_approve,
    "approved": approved,
    "answered": answered,
}


def _approved(by: User) -> Exists:
    return Exists(Approval.objects.filter(csr=OuterRef("pk"), staff=by).order_by())
