"""The yearly question is asked, asked again, and answered."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from onboarding import errors
from onboarding.errors import gettext_noop
from onboarding.lifecycle import owed_mail
from onboarding.lifecycle.actor import Actor, demand_process
from onboarding.lifecycle.transition import record
from onboarding.models import PushCertificate, SignInQuestion


@transaction.atomic
def ask(certificate_ids: Sequence[UUID], *, now: datetime, by: Actor) -> None:
    """Ask about these certificates, each once; safe twice and at several workers at once."""
    demand_process(by, Actor.worker())
    SignInQuestion.objects.bulk_create(
        (SignInQuestion(push_certificate_id=pk, asked_at=now) for pk in certificate_ids),
        ignore_conflicts=True,
    )
    asked = SignInQuestion.objects.filter(asked_at=now, push_certificate__id__among=certificate_ids)
    owed_mail.questions(asked, occasion="first", at=now)


@transaction.atomic
def ask_again(question_ids: Sequence[int], *, now: datetime, by: Actor) -> None:
    """Ask once more what was not answered since."""
    demand_process(by, Actor.worker())
    open_ones = SignInQuestion.objects.unanswered().filter(pk__in=question_ids)
    open_ones.filter(asked_again_at__isnull=True).update(asked_again_at=now)
    asked = SignInQuestion.objects.filter(asked_again_at=now, pk__in=question_ids)
    owed_mail.questions(asked, occasion="again", at=now)


@transaction.atomic
def answer_question(
    certificate: PushCertificate, *, answer: SignInQuestion.Answer, by: Actor
) -> None:
    """Note the answer, which may be another one than before; raises WrongState once renewed.

    Whoever got the mail may give it, so `by` is no right that is checked here: the door does.
    """
    current = PushCertificate.objects.select_for_update().get(pk=certificate.pk)
    if current.state != PushCertificate.State.ACTIVE:
        raise errors.WrongState(
            gettext_noop("This certificate is not active any more, so there is nothing to answer.")
        )
    now = timezone.now()
    question, _ = SignInQuestion.objects.get_or_create(
        push_certificate=certificate, defaults={"asked_at": now}
    )
    if question.answer == answer:
        return
    SignInQuestion.objects.filter(pk=question.pk).update(
        answer=answer, answered_at=now, answered_by=by.name[:255]
    )
    record(
        "answer_question",
        by=by,
        csr=certificate.csr,
        push_certificate=certificate,
        answer=str(answer),
        apple_account=certificate.apple_account,
    )
