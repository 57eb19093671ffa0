"""Alarms for staff: one open per matter, raised and cleared by our own processes.

Staff close by hand what no process comes back to, as the alarm of a signer that is no more.
"""

from django.db import IntegrityError, transaction
from django.utils import timezone

from onboarding import errors
from onboarding.lifecycle import owed_mail
from onboarding.lifecycle.actor import Actor, demand_process, demand_staff
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
    if alarm := Alarm.objects.open().filter(kind=kind, about=about).first():
        _end(alarm, "clear_alarm", by)


@transaction.atomic
def close_alarm(alarm: Alarm, *, by: Actor) -> None:
    """The alarm is over by a person's word; raised anew if a process finds the matter again.

    Raises NotAllowed, and WrongState when it is over already.
    """
    demand_staff(by, permission="close_alarm")
    if not _end(alarm, "close_alarm", by):
        raise errors.WrongState("This alarm is over already; nothing was changed.")


def _end(alarm: Alarm, verb: str, by: Actor) -> bool:
    """Compare and set: of two who end it, one writes the Event."""
    ended = Alarm.objects.open().filter(pk=alarm.pk).update(cleared_at=timezone.now())
    if ended:
        record(verb, by=by, kind=alarm.kind, about=alarm.about, sentence=alarm.sentence)
    return bool(ended)


def _keep(kind: Alarm.Kind, about: str, sentence: str) -> bool:
    """Whether one is open; it says `sentence` from now on."""
    alarm = Alarm.objects.open().filter(kind=kind, about=about).first()
    if alarm and alarm.sentence != sentence:
        Alarm.objects.filter(pk=alarm.pk).update(sentence=sentence)
    return alarm is not None


def _demand_process(by: Actor) -> None:
    # An operator does so by comparing database and files.
    demand_process(by, Actor.worker(), Actor.signer(), Actor.operator())
