"""The audit trail: Events are sealed, heads leave, and every night all of it is verified."""

import logging
from time import monotonic

from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError
from django.db.models import QuerySet
from django.utils import timezone

from onboarding import errors, lifecycle, queue
from onboarding.audit import comparing, head, leaving, places, sealing
from onboarding.audit.verification import Walk
from onboarding.lifecycle import Actor
from onboarding.models import AuditVerification

# Well below the time limit of a task, for the page in hand is finished.
TURN_SECONDS = 20.0
# A run of which nothing was seen for so long was killed, and is asked for again.
_BROKEN_OFF_SECONDS = 120
# Of the heads in the storage; `manage.py audit verify` reads them all.
_HEADS = 200

logger = logging.getLogger(__name__)


@shared_task(name=queue.SEAL_EVENTS)
def seal_events() -> None:
    """Seal whatever waits; of several workers one does."""
    sealing.seal(now=timezone.now())


@shared_task(name=queue.SEND_HEADS)
def send_heads() -> None:
    """Make a head when it is time for one, and bring what is owed to every place."""
    audit_key = settings.AUDIT_KEY
    if not audit_key:
        return
    now, known = timezone.now(), [*places.all_of(settings.AUDIT_HEADS_TO)]
    if leaving.is_due(now):
        leaving.make(known, audit_key=audit_key, now=now)
    # One at a time: a place that is slow to answer would be asked twice.
    if cache.add("onboarding.send_heads", "", _BROKEN_OFF_SECONDS):
        try:
            leaving.bring(known, now=now)
        finally:
            cache.delete("onboarding.send_heads")


@shared_task(name=queue.BEGIN_AUDIT_VERIFICATION)
def begin_audit_verification() -> None:
    """Begin a verification, unless one is under way already."""
    try:
        running = _running().first()
        if running is None:
            running = AuditVerification.objects.create(started_at=timezone.now())
    except DatabaseError:
        logger.exception(
            "The nightly verification of the audit trail cannot begin. `manage.py audit verify`"
            " needs no row for what it finds: run it, and see who changed the database."
        )
        raise
    queue.verify_audit(running.pk)


@shared_task(name=queue.VERIFY_AUDIT)
def verify_audit(verification_id: int) -> None:
    """Verify some more, and ask for the next turn; safe twice: of two, one goes on."""
    running = _running().filter(pk=verification_id).first()
    if running is None:
        return
    try:
        _take_turn(running)
    except errors.StorageUnavailable as error:
        logger.warning("The verification of %s waits: %s", running.started_at, error)
        cache.set(_key(verification_id), "", _BROKEN_OFF_SECONDS)


def ask_again() -> None:
    """The sweep's part: a verification that was cut off goes on."""
    for pk in _running().values_list("pk", flat=True):
        # Of several sweeps, one asks.
        if cache.add(_key(pk), "", _BROKEN_OFF_SECONDS):
            queue.verify_audit(pk)


def has_key() -> bool:
    return bool(settings.AUDIT_KEY)


def _take_turn(running: AuditVerification) -> None:
    walk = _walk(running)
    try:
        _verify(running, walk)
    except errors.StorageUnavailable:
        raise
    except Exception:
        # The database's owner can see to it that nothing can be kept, nor any alarm raised.
        for one in walk.findings:
            logger.error(
                "What the verification of %s found could not be kept: %s",
                running.started_at,
                one.sentence,
            )
        raise


def _verify(running: AuditVerification, walk: Walk) -> None:
    before, deadline = walk.after, monotonic() + TURN_SECONDS
    for _ in walk.pages():
        if not _note(running, walk, before):
            logger.info("The verification of %s goes on elsewhere.", running.started_at)
            return
        before = walk.after
        if monotonic() > deadline:
            queue.verify_audit(running.pk)
            return
    documents = comparing.from_storage(walk, newest=_HEADS)
    heads = comparing.compare(walk, documents, public_keys=_public_keys())
    walk.finish()
    if _note(running, walk, before, heads=heads):
        lifecycle.verify_audit(running, by=Actor.worker())


def _note(running: AuditVerification, walk: Walk, before: int, *, heads: int = 0) -> bool:
    """Keep what was found so far, if nobody else has gone on from here."""
    cache.set(_key(running.pk), "", _BROKEN_OFF_SECONDS)
    return bool(
        _running()
        .filter(pk=running.pk, after=before)
        .update(
            after=walk.after,
            progress=walk.state(),
            findings=[one.as_json() for one in walk.findings],
            found=walk.found,
            heads=heads,
        )
    )


def _walk(running: AuditVerification) -> Walk:
    return Walk.of_state(
        after=running.after,
        state=running.progress,
        findings=running.findings,
        found=running.found,
    )


def _public_keys() -> list[str]:
    """Those that are set, and the one that belongs to the key that signs here."""
    own = [leaving.public_half(settings.AUDIT_KEY)] if settings.AUDIT_KEY else []
    return [*own, *head.public_keys()]


def _running() -> QuerySet[AuditVerification]:
    return AuditVerification.objects.filter(finished_at__isnull=True).order_by("pk")


def _key(pk: int) -> str:
    return f"onboarding.verify_audit.{pk}"
