"""The signer shows itself, so that staff know whether one is there."""

from celery import shared_task
from django.utils import timezone

from onboarding import pulses, queue
from onboarding.models import Pulse


@shared_task(name=queue.SIGNER_PULSE)
def pulse() -> None:
    """Asked for by the watch; through the same queue, process and database as a signature."""
    pulses.note(Pulse.Process.SIGNER, now=timezone.now())
