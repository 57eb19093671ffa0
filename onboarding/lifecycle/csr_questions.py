"""The vendor asks, the customer answers; the CSR stays decidable all the while."""

from django.db import transaction
from django.utils import timezone

from onboarding import errors
from onboarding.lifecycle import owed_mail
from onboarding.lifecycle.actor import Actor, demand_staff
from onboarding.lifecycle.decision import DECIDABLE
from onboarding.lifecycle.transition import demand_state, record
from onboarding.models import CSR, Mail, Question


@transaction.atomic
def ask_customer(csr: CSR, *, question: str, by: Actor) -> Question:
    """A question to the customer, with its mails owed; SUBMITTED and FAILED stay what they are."""
    person = demand_staff(by, permission="ask_customer")
    if not question.strip():
        raise errors.MissingReason("Write the question: the customer reads it as it stands here.")
    demand_state(csr, allowed=DECIDABLE)
    _demand_new(csr, question.strip())
    asked = Question.objects.create(
        csr=csr, text=question.strip(), asked_by=person, asked_at=timezone.now()
    )
    record("ask_customer", by=by, csr=csr, question=asked.text)
    owed_mail.to_customer(Mail.Kind.CSR_QUESTION, csr, occasion=str(asked.pk))
    return asked


@transaction.atomic
def answer_vendor(question: Question, *, text: str, by: Actor) -> None:
    """The customer's answer, once, until the CSR is decided; a mail to who asked is owed."""
    csr = question.csr
    if not by.is_admin_of(csr.customer):
        raise errors.NotAllowed(
            errors.gettext_noop("Only an admin of %(customer)s may answer. Ask one of them."),
            customer=csr.customer,
        )
    if not text.strip():
        raise errors.MissingReason(
            errors.gettext_noop("Write an answer: who asked gets it by mail, as it stands here.")
        )
    demand_state(csr, allowed=DECIDABLE)
    unanswered = Question.objects.filter(pk=question.pk, answered_at__isnull=True)
    if not unanswered.update(answer=text.strip(), answered_by=by.user, answered_at=timezone.now()):
        raise errors.WrongState(
            errors.gettext_noop("This question is answered already. Nothing was changed.")
        )
    question.refresh_from_db()
    record("answer_vendor", by=by, csr=csr, question=question.text, answer=question.answer)
    owed_mail.csr_answer(question)


def _demand_new(csr: CSR, question: str) -> None:
    """That nobody asked it already: the button pressed again after the browser's way back."""
    if Question.objects.filter(csr=csr, text=question, answered_at__isnull=True).exists():
        raise errors.WrongState(
            "This was asked already, and the answer is awaited. Nothing more was sent."
        )
