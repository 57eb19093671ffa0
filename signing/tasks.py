"""The signer's one task, and what it does at its start. The database says what to sign."""

import logging
import sys
import time

from celery import shared_task
from celery.signals import worker_init, worker_ready
from django.db import DatabaseError
from django.utils import timezone

from onboarding import queue, trust
from onboarding.models import CSR
from signing import alarms, checks, drain, held, pace

# An unfit signer hands a nudge on so often, and stands aside each time, for another to take it.
_HANDED_ON_AT_MOST = 10
_ASIDE_SECONDS = 0.5

logger = logging.getLogger(__name__)


@worker_init.connect
def demand_fit_identity(**_: object) -> None:
    """Refuse to start without a fit identity.

    Celery runs Django's system checks at start, but throws their results away.
    """
    try:
        found = checks.examine()
    except alarms.UNFIT as error:
        _tell_unfit(error)
        sys.exit(f"The signer does not start. {error}")
    for sentence in found:
        logger.warning("%s", sentence)


@worker_ready.connect
def announce_vendor_certificates(**_: object) -> None:
    """So that staff see the certificates before the first signature."""
    try:
        for identity in held.load_all(trust=trust.current(), now=timezone.now()):
            drain.announce(identity.chain)
        pace.review(now=timezone.now())
    except alarms.UNFIT as error:
        logger.error("The vendor certificate is not announced: %s", error)
    finally:
        # Each child of the pool opens its own.
        held.let_go()


@shared_task(name=queue.SIGN_APPROVED)
def sign_approved(handed_on: int = 0) -> None:
    """Sign what is approved; safe twice and at several signers at once.

    `handed_on` counts the unfit signers that had this nudge before.
    """
    try:
        drain.run(now=timezone.now())
    except alarms.UNFIT as error:
        alarms.identity_is_unfit(error)
        _hand_on(handed_on, error)
    else:
        alarms.identity_is_fit()


def _hand_on(handed_on: int, error: Exception) -> None:
    """Another signer may be fit: it takes the nudge while this one stands aside."""
    if not CSR.objects.awaiting_signature().exists():
        return
    if not handed_on:
        logger.error("Nothing is signed, and what is approved waits: %s", error)
    if handed_on < _HANDED_ON_AT_MOST:
        queue.hand_on_to_another_signer(handed_on + 1)
        time.sleep(_ASIDE_SECONDS)


def _tell_unfit(error: Exception) -> None:
    try:
        alarms.identity_is_unfit(error)
    except DatabaseError as unreachable:
        logger.warning("Staff could not be told of it: %s", unreachable)
