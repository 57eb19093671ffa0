"""Campaigns: some mails are owed, then the outbox has its turn: nobody waits behind them."""

import logging
from time import monotonic

from celery import shared_task
from django.utils import timezone

from onboarding import errors, lifecycle, queue
from onboarding.lifecycle import Actor
from onboarding.models import Campaign, Mail

TURN_SECONDS = 5.0
# While so many mails wait, whosever they are, a campaign adds none: a mail that somebody needs
# now waits behind few, a campaign that is stopped has little to call off, and memory is bounded.
AHEAD = 300

logger = logging.getLogger(__name__)


@shared_task(name=queue.RUN_CAMPAIGN)
def run_campaign(campaign_id: int) -> None:
    """Owe the next mails; safe twice: of two, one goes on, and what was cut off is taken up."""
    campaign = Campaign.objects.running().filter(pk=campaign_id).first()
    if campaign is None:
        return
    deadline = monotonic() + TURN_SECONDS
    try:
        while not _is_outbox_full():
            if not lifecycle.mail_campaign(campaign, now=timezone.now(), by=Actor.worker()):
                lifecycle.end_campaign(campaign, by=Actor.worker())
                return
            if monotonic() > deadline:
                queue.run_campaign(campaign.pk)
                return
    except errors.WrongState as error:
        logger.info("Campaign %s: %s", campaign.pk, error.sentence)


def ask_again() -> None:
    """Those that are not over go on: after the outbox had its turn, and with each sweep."""
    for pk in Campaign.objects.running().values_list("pk", flat=True):
        queue.run_campaign(pk)


def _is_outbox_full() -> bool:
    # A mail that failed is tried again for as long as it takes, and holds nobody up.
    waiting = Mail.objects.unsent().filter(failure="")
    return waiting[:AHEAD].count() >= AHEAD
