"""Imports of customers: some rows, then the next message, so that nobody waits behind them."""

import logging
from time import monotonic

from celery import shared_task
from django.core.cache import cache

from onboarding import errors, queue
from onboarding.importing import turns
from onboarding.lifecycle import Actor
from onboarding.models import CustomerImport

TURN_SECONDS = 15.0
# One of which nothing was seen for so long was killed, and is asked for again.
_BROKEN_OFF_SECONDS = 60
_UNDER_WAY = [CustomerImport.State.JUDGING, CustomerImport.State.RUNNING]

logger = logging.getLogger(__name__)


@shared_task(name=queue.IMPORT_CUSTOMERS)
def import_customers(import_id: int) -> None:
    """Judge, or take in, some more rows; safe twice: of two, one goes on."""
    started = CustomerImport.objects.filter(pk=import_id, state__in=_UNDER_WAY).first()
    if started is None:
        return
    deadline = monotonic() + TURN_SECONDS
    try:
        for _ in turns.go_on(started, by=Actor.worker()):
            if monotonic() > deadline:
                queue.import_customers(started.pk)
                cache.set(_key(started.pk), "", _BROKEN_OFF_SECONDS)
                return
    except (errors.WrongState, errors.StorageUnavailable) as error:
        logger.info("Import %s: %s", started.pk, error.sentence)


def ask_again() -> None:
    """The sweep's part: an import that was cut off goes on."""
    for pk in CustomerImport.objects.filter(state__in=_UNDER_WAY).values_list("pk", flat=True):
        # Of several sweeps, one asks.
        if cache.add(_key(pk), "", _BROKEN_OFF_SECONDS):
            queue.import_customers(pk)


def _key(pk: int) -> str:
    return f"onboarding.import_customers.{pk}"
