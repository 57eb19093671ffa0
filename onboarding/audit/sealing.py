"""The sealer: takes the Events that wait, in order, and adds them to the end of the chain.

Writers never wait for it, for it works on what they have committed. A sealer that dies leaves
nothing half done: seals are committed together with the end of the waiting, or not at all. Of
several sealers one works: in PostgreSQL by an advisory lock, in SQLite as the one writer, and
anyhow because a number of the chain can be given out once only.
"""

from datetime import datetime

from django.db import IntegrityError, connection, transaction

from onboarding.audit import encoding, reading
from onboarding.models import EventSeal, UnsealedEvent

# So many in one transaction: SQLite's other writers wait for as long.
BATCH = 1000
# Of this product's advisory locks: any number that nobody else uses.
_LOCK = 0x5EA1_E4


def seal(*, now: datetime) -> int:
    """Seal whatever waits; how many that were. 0, too, while another sealer is at work."""
    sealed = 0
    while count := _batch(now):
        sealed += count
        if count < BATCH:
            break
    return sealed


def _batch(now: datetime) -> int:
    try:
        with transaction.atomic():
            return _extend(now) if _is_alone() else 0
    except IntegrityError:
        # Another sealer gave out the same numbers, and was first. Nothing of ours is there.
        return 0


def _is_alone() -> bool:
    """In PostgreSQL: until the end of this transaction, however it ends."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _extend(now: datetime) -> int:
    waiting = reading.waiting(BATCH)
    if not waiting:
        return 0
    last = EventSeal.objects.order_by("-seq").values_list("seq", "hash").first()
    seq, previous = (last[0], bytes(last[1])) if last else (0, encoding.GENESIS)
    seals = []
    for row in waiting:
        seq += 1
        previous = encoding.link(previous, seq, now, encoding.encoded(row))
        seals.append(
            EventSeal(
                seq=seq, event_id=row[0], version=encoding.VERSION, sealed_at=now, hash=previous
            )
        )
    EventSeal.objects.bulk_create(seals)
    UnsealedEvent.objects.filter(pk__in=[row[0] for row in waiting]).delete()
    return len(waiting)
