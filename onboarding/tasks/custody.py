"""Custody of push keys: exports, seals under a new custody key, keys that are destroyed."""

import logging
import sys
from datetime import datetime
from typing import Any

from celery import shared_task
from celery.signals import worker_init, worker_ready
from django.db import DatabaseError
from django.db.models import Count
from django.utils import timezone

from onboarding import errors, queue, seal
from onboarding.custody import alarms, destruction, disposal, exporting, public, resealing
from onboarding.custody.ring import Ring
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Export

# Far more than are ever asked for between two sweeps.
_AT_ONCE = 500
logger = logging.getLogger(__name__)


@worker_init.connect
def demand_custody_keys(**_: Any) -> None:
    """Refuse to start without both halves of the custody key. Any: Celery's signals pass all."""
    try:
        Ring.current()
    except errors.InvalidSeal as error:
        sys.exit(
            f"The worker seals push keys. {error} Both halves are made with"
            " `manage.py custody new FOLDER`."
        )


@worker_ready.connect
def tell_missing_custody_keys(**_: Any) -> None:
    """Alarm staff of seals whose custody key is not held here. Any: Celery's signals pass all.

    The worker goes on: whatever else waits for it needs none of them.
    """
    try:
        _tell_missing()
    except (DatabaseError, errors.InvalidSeal):
        logger.exception("Whether all custody keys are held could not be asked.")


def _tell_missing() -> None:
    held = Ring.current().names
    seals = CSR.objects.keeping_key().exclude(custody_key="").values("custody_key")
    counted = seals.annotate(count=Count("pk")).values_list("custody_key", "count")
    missing = {name: count for name, count in counted if name not in held}
    for name, count in missing.items():
        logger.error("Custody key %s is not held here; %s push keys need it.", name, count)
    alarms.settle_missing(missing)


@shared_task(name=queue.EXPORT)
def export(export_id: str) -> None:
    """Make the file of an export, or delete it once it is fetched, called off or an hour old."""
    rows = Export.objects.select_related("push_certificate__csr", "push_certificate__customer")
    found = rows.get(pk=export_id)
    try:
        if rows.finished(timezone.now()).filter(pk=found.pk).exists():
            disposal.end(found, by=Actor.worker())
        elif found.state == Export.State.ASKED:
            exporting.make(found)
    except errors.WrongState as error:
        logger.info("Export %s: %s", export_id, error.sentence)


@shared_task(name=queue.RESEAL)
def reseal(turn: str, after: str) -> None:
    """Seal some push keys anew after a rotation; the next ones are another message."""
    resealing.take_turn(turn, after=after)


@shared_task(name=queue.DESTROY)
def destroy(csr_id: str) -> None:
    """Delete a push key that was to be destroyed, and see that it is gone; safe twice."""
    destruction.carry_out(CSR.objects.select_related("customer").get(pk=csr_id))


def ask_again(*, now: datetime, since: datetime) -> None:
    """The sweep's part: exports and deletions that were forgotten, files whose hour is over."""
    exports = Export.objects.unmade().filter(asked_at__lt=since) | Export.objects.finished(now)
    for pk in exports.values_list("pk", flat=True)[:_AT_ONCE]:
        queue.export(pk)
    losing = CSR.objects.losing_key().filter(key_destroyed_at__lt=since)
    for pk in losing.values_list("pk", flat=True)[:_AT_ONCE]:
        queue.destroy(pk)
    try:
        resealing.start_if_due(seal.fingerprint(public.current()))
    except errors.InvalidSeal as error:
        logger.warning("Nothing is sealed anew: %s", error)
