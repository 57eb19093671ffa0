"""Signed heads leave the database: made now and then, then brought to every place until taken."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from onboarding import keys
from onboarding.audit import head
from onboarding.audit.places import NotDelivered, Place
from onboarding.models import AuditHead, EventSeal, HeadDelivery

logger = logging.getLogger(__name__)


def make(places: Iterable[Place], *, audit_key: str, now: datetime) -> AuditHead | None:
    """Sign the end of the chain, and owe it to `places`; None if there is nothing new."""
    last = EventSeal.objects.order_by("-seq").first()
    known = AuditHead.objects.first()
    if last is None or (known and known.seq >= last.seq):
        return None
    one = head.Head(
        seq=last.seq, hash=bytes(last.hash).hex(), made_at=now, portal=settings.PUBLIC_URL
    )
    key_id = head.key_id(public_half(audit_key))
    signature = keys.sign_with_audit_key(one.signed_bytes(key_id), audit_key)
    try:
        with transaction.atomic():
            row = AuditHead.objects.create(
                seq=one.seq,
                hash=one.hash,
                made_at=now,
                key_id=key_id,
                document=one.document(key_id, signature),
            )
            _owe(row, places, now)
    except IntegrityError:
        # Another worker made it at this moment.
        return None
    return row


def public_half(audit_key: str) -> str:
    """The key that verifies what this one signs, in base64. Raises InvalidAuditKey."""
    return keys.audit_public_half(audit_key)


def is_due(now: datetime) -> bool:
    """Whether the last head is so old that it is time for another."""
    last = AuditHead.objects.order_by("-made_at").values_list("made_at", flat=True).first()
    return last is None or now - last >= timedelta(seconds=settings.AUDIT_HEAD_EVERY)


def bring(places: Iterable[Place], *, now: datetime) -> None:
    """Bring what is owed; what a place does not take is owed on, and the reason is kept."""
    by_name = {place.name: place for place in places}
    owed = HeadDelivery.objects.owed().select_related("head")
    # A place that is no longer named is owed nothing.
    owed.exclude(place__in=by_name).delete()
    for delivery in owed.filter(place__in=by_name):
        _bring(delivery, by_name[delivery.place], now)


def _bring(delivery: HeadDelivery, place: Place, now: datetime) -> None:
    try:
        place.take(delivery.head, now=now)
    except NotDelivered as error:
        logger.warning("Head %s could not leave to %s: %s", delivery.head.seq, place.name, error)
        HeadDelivery.objects.filter(pk=delivery.pk).update(failure=str(error)[:200])
        return
    HeadDelivery.objects.filter(pk=delivery.pk).update(delivered_at=now, failure="")


def _owe(row: AuditHead, places: Iterable[Place], now: datetime) -> None:
    # A head says all that older ones do: what a place did not take for hours is not sent later.
    names = [place.name for place in places]
    late = HeadDelivery.objects.owed().filter(place__in=names)
    since = dict(late.order_by("-owed_at").values_list("place", "owed_at"))
    late.delete()
    HeadDelivery.objects.bulk_create(
        HeadDelivery(head=row, place=name, owed_at=since.get(name, now)) for name in names
    )
