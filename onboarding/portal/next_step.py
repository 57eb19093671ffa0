"""What next_step.html says of a CSR beyond its state, in the one statement that reads the CSRs."""

from django.db.models import Exists, OuterRef, QuerySet

from onboarding.models import CSR, Question

# While the vendor decides, or looks into a failure, it may wait for an answer.
ASKED_IN = (CSR.State.SUBMITTED, CSR.State.FAILED)


def told(csrs: QuerySet[CSR]) -> QuerySet[CSR]:
    """The CSRs, each with `is_asked`: whether a question to the customer waits for its answer."""
    unanswered = Question.objects.filter(csr=OuterRef("pk"), answered_at__isnull=True)
    return csrs.annotate(is_asked=Exists(unanswered.filter(csr__state__in=ASKED_IN)))


def is_asked(csr: CSR) -> bool:
    return csr.state in ASKED_IN and csr.questions.filter(answered_at__isnull=True).exists()
