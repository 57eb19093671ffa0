"""The signer shows itself, so that staff know whether one is there and what it would sign with."""

from celery import shared_task
from django.utils import timezone

from onboarding import pulses, queue
from onboarding.models import Pulse
from signing import alarms, drain, pace


@shared_task(name=queue.SIGNER_PULSE)
def pulse() -> None:
    """Asked for by the watch; through the same queue, process and database as a signature."""
    now = timezone.now()
    pulses.note(Pulse.Process.SIGNER, now=now)
    pace.review(now=now)
    try:
        drain.prepare(now=now)
    except alarms.UNFIT as error:
        alarms.identity_is_unfit(error)
    else:
        alarms.identity_is_fit()
