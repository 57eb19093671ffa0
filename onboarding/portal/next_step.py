"""What next_step.html says of a CSR beyond its state, in the one statement that reads the CSRs."""

from django.db.models import Case, Exists, OuterRef, QuerySet, Subquery, Value, When

from onboarding.lifecycle.decision import DECIDABLE
from onboarding.models import CSR, Question, TopicChange

# The latest of a CSR counts.
_CREATED = Case(
    When(allowed_at__isnull=False, then=Value("allowed")),
    When(declined_at__isnull=False, then=Value("declined")),
    When(wanted_at__isnull=False, then=Value("wanted")),
    default=Value("noted"),
)


def told(csrs: QuerySet[CSR]) -> QuerySet[CSR]:
    """The CSRs, each with `is_asked`: whether a question to the customer waits for its answer;
    and with `created`: how it stands with a certificate that was created instead of renewed.
    """
    unanswered = Question.objects.filter(csr=OuterRef("pk"), answered_at__isnull=True)
    return csrs.annotate(
        is_asked=Exists(unanswered.filter(csr__state__in=DECIDABLE)),
        created=Subquery(
            TopicChange.objects.filter(csr=OuterRef("pk"), csr__state=CSR.State.SIGNED)
            .annotate(standing=_CREATED)
            .values("standing")[:1]
        ),
    )


def is_asked(csr: CSR) -> bool:
    return csr.state in DECIDABLE and csr.questions.filter(answered_at__isnull=True).exists()
