"""Alarms for staff: one open per matter, raised and cleared by our own processes."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from onboarding import errors
from onboarding.lifecycle import owed_mail
from onboarding.lifecycle.actor import Actor
from onboarding.lifecycle.transition import record
from onboarding.models import Alarm


@transaction.atomic
def raise_alarm(kind: Alarm.Kind, *, about: str, sentence: str, by: Actor) -> Alarm | None:
    """The alarm, new and with its mails owed; None when one on this matter is open already.

    The open one keeps its since and takes the new `sentence`, which says what was found and
    what to do. `about` tells the matters of one kind apart: a signer's name, a part.
    """
    _demand_process(by)
    if _keep(kind, about, sentence):
        return None
    try:
        with transaction.atomic():
            alarm = Alarm.objects.create(
                kind=kind, about=about, sentence=sentence, raised_at=timezone.now()
            )
    except IntegrityError:
        # Another process raised it at this moment, and owes the mails.
        _keep(kind, about, sentence)
        return None
    record("raise_alarm", by=by, kind=kind, about=about, sentence=sentence)
    owed_mail.alarm(alarm)
    return alarm


@transaction.atomic
def clear_alarm(kind: Alarm.Kind, *, about: str, by: Actor) -> None:
    """The open alarm on this matter is over; nothing happens when there is none."""
    _demand_process(by)
    alarm = Alarm.objects.open().filter(kind=kind, about=about).first()
    # Compare and set: of two who clear it, one writes the Event.
    if alarm and Alarm.objects.open().filter(pk=alarm.pk).update(cleared_at=timezone.now()):
        record("clear_alarm", by=by, kind=kind, about=about, sentence=alarm.sentence)


def _keep(kind: Alarm.Kind, about: str, sentence: str) -> bool:
    """Whether one is open; it says `sentence` from now on."""
    alarm = Alarm.objects.open().filter(kind=kind, about=about).first()
    if alarm and alarm.sentence != sentence:
        Alarm.objects.filter(pk=alarm.pk).update(sentence=sentence)
    return alarm is not None


def _demand_process(by: Actor) -> None:
    if by not in (Actor.worker(), Actor.signer()):
        raise errors.NotAllowed("Only the worker and the signer raise and clear alarms.")
