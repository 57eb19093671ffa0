"""The nightly comparison of database and file storage: a few pages, then the next message."""

import logging
from datetime import datetime, timedelta
from time import monotonic

from celery import shared_task
from django.core.cache import cache
from django.db.models import QuerySet
from django.utils import timezone

from onboarding import errors, lifecycle, queue, store
from onboarding.custody import rechecking
from onboarding.lifecycle import Actor
from onboarding.models import StoreVerification

WORKER = Actor.worker()
# Well below the time limit of a task, for the page in hand is finished.
TURN_SECONDS = 20.0
# A run of which nothing was seen for so long was killed, and is asked for again.
_BROKEN_OFF_SECONDS = 120
# The storage did not answer: asked again after this, and told to staff after that.
_REST_SECONDS = 300
_HINDERED = timedelta(hours=1)

logger = logging.getLogger(__name__)


@shared_task(name=queue.BEGIN_STORE_VERIFICATION)
def begin_store_verification() -> None:
    """Begin a comparison, unless one is under way already."""
    rechecking.try_again()
    running = _running().first()
    if running is None:
        running = StoreVerification.objects.create(started_at=timezone.now())
    queue.verify_store(running.pk)


@shared_task(name=queue.VERIFY_STORE)
def verify_store(verification_id: int) -> None:
    """Compare some more, and ask for the next turn; safe twice: of two, one goes on."""
    running = _running().filter(pk=verification_id).first()
    if running is None:
        return
    now = timezone.now()
    try:
        _take_turn(running, now)
    except errors.StorageUnavailable as error:
        logger.warning("The comparison of %s waits: %s", running.started_at, error)
        cache.set(_key(verification_id), "", _REST_SECONDS)
        if now - running.started_at > _HINDERED:
            lifecycle.hinder_store_verification(running, why=error.sentence, by=WORKER)


def ask_again() -> None:
    """The sweep's part: a comparison that was cut off goes on."""
    for pk in _running().values_list("pk", flat=True):
        # Of several sweeps, one asks.
        if cache.add(_key(pk), "", _BROKEN_OFF_SECONDS):
            queue.verify_store(pk)


def _take_turn(running: StoreVerification, now: datetime) -> None:
    bench, deadline = store.Bench.current(now=now), monotonic() + TURN_SECONDS
    tally, here = store.Tally.of(running), store.Position(running.part, running.after)
    for page, there in store.pages(bench, start=here):
        tally.add(page)
        if not _note(running, tally, here, there or here):
            logger.info("The comparison of %s goes on elsewhere.", running.started_at)
            return
        if there is None:
            lifecycle.verify_store(running, is_complete=not tally.unchecked, by=WORKER)
            return
        if monotonic() > deadline:
            queue.verify_store(running.pk)
            return
        here = there


def _note(
    running: StoreVerification, tally: store.Tally, here: store.Position, there: store.Position
) -> bool:
    """Keep what was found so far, if nobody else has gone on from here."""
    cache.set(_key(running.pk), "", _BROKEN_OFF_SECONDS)
    kept = _running().filter(pk=running.pk, part=here.part, after=here.after)
    return bool(
        kept.update(
            part=there.part,
            after=there.after,
            checked=tally.checked,
            findings=tally.sentences,
            differences=tally.differences,
        )
    )


def _running() -> QuerySet[StoreVerification]:
    return StoreVerification.objects.filter(finished_at__isnull=True).order_by("pk")


def _key(pk: int) -> str:
    return f"onboarding.verify_store.{pk}"
