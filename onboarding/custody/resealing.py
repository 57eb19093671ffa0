"""After a rotation: every push key sealed anew, a few at a time, by whichever worker is free."""

import logging
from functools import partial
from time import monotonic
from uuid import uuid4

from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet

from onboarding import errors, keys, lifecycle, queue, storage
from onboarding.custody import alarms, disposal
from onboarding.custody.ring import Ring
from onboarding.lifecycle import Actor
from onboarding.models import CSR

WORKER = Actor.worker()
# Short turns: a customer who waits for a key waits behind one of them at most.
TURN_SECONDS = 4.0
TURN_SIZE = 200
# One chain of turns goes on at a time; a chain that broke off is started again after this.
_BROKEN_OFF_SECONDS = 60
# Where all is done that can be, the table is not read again for so long.
_REST_SECONDS = 600
_KEY = "onboarding.reseal"
_REST = "rest "

logger = logging.getLogger(__name__)


def waiting(custody_key: str) -> QuerySet[CSR]:
    """CSRs whose push key is sealed to another custody key than this one, or nobody knows which."""
    return CSR.objects.keeping_key().exclude(custody_key=custody_key)


def start() -> None:
    """Begin a chain of turns at the first CSR; one that is under way ends."""
    turn = str(uuid4())
    cache.set(_KEY, turn, _BROKEN_OFF_SECONDS)
    queue.reseal(turn, "")


def start_if_due(custody_key: str) -> None:
    """For the sweep: begin where no chain is under way, and none has ended just now."""
    found = cache.get(_KEY)
    if not waiting(custody_key).exists():
        return
    if found is None or (found.startswith(_REST) and found != _rest(custody_key)):
        start()


def is_resting(custody_key: str) -> bool:
    """Whether the last chain came to its end: what is left then does not open."""
    return bool(cache.get(_KEY) == _rest(custody_key))


def take_turn(turn: str, *, after: str) -> None:
    """Seal some anew, those after the CSR `after`, and ask for the next turn."""
    if cache.get(_KEY) != turn:
        return
    ring, deadline = Ring.current(), monotonic() + TURN_SECONDS
    rows = waiting(ring.newest).order_by("pk").defer("der", "signature")
    rows = rows.filter(pk__gt=after) if after else rows
    for csr in rows.select_related("customer")[:TURN_SIZE]:
        reseal(csr, ring)
        after = str(csr.pk)
        if monotonic() > deadline:
            break
    if after and waiting(ring.newest).filter(pk__gt=after).exists():
        cache.set(_KEY, turn, _BROKEN_OFF_SECONDS)
        queue.reseal(turn, after)
    else:
        cache.set(_KEY, _rest(ring.newest), _REST_SECONDS)


def reseal(csr: CSR, ring: Ring) -> None:
    """Put the CSR's push key under the newest custody key; what does not open is told to staff."""
    try:
        _reseal(csr, ring)
    except errors.WrongState as error:
        logger.info("%s: %s", csr, error.sentence)
    except (errors.InvalidSeal, errors.DamagedRecord) as error:
        _report(csr, error)
    else:
        alarms.clear_for(csr)


def _reseal(csr: CSR, ring: Ring) -> None:
    push_key = ring.push_key(csr, storage.get(csr.sealed_key))
    sealed = keys.seal(push_key, csr_id=csr.pk, custody_public_key=ring.public_key)
    name = storage.name_of(storage.SEALED_KEYS, sealed)
    lifecycle.begin_reseal(csr, file=name, custody_key=ring.newest, by=WORKER)
    with transaction.atomic():
        # Locked while the file is written: a key that is being destroyed gets no new copy.
        lifecycle.hold_seal(csr)
        storage.put(storage.SEALED_KEYS, sealed)
        _demand_opens(csr, ring, name)
        lifecycle.record_reseal(csr, sealed_key=name, custody_key=ring.newest, by=WORKER)
        # Robust: an old seal that stays is listed as an orphan, and goes with its key.
        transaction.on_commit(partial(_forget, csr.sealed_key), robust=True)


def _demand_opens(csr: CSR, ring: Ring, name: str) -> None:
    """Read back what was written and open it: the old seal goes only after that."""
    written = CSR(pk=csr.pk, custody_key=ring.newest, public_key_sha256=csr.public_key_sha256)
    try:
        ring.push_key(written, storage.get(name))
    except (errors.InvalidSeal, errors.DamagedRecord):
        disposal.dispose(name)
        raise


def _forget(name: str) -> None:
    if not CSR.objects.filter(sealed_key=name).exists():
        disposal.dispose(name)


def _report(csr: CSR, error: errors.PortalError) -> None:
    now = CSR.objects.get(pk=csr.pk)
    if now.sealed_key == csr.sealed_key and now.keeps_key:
        logger.error("%s: %s", csr, error.sentence)
        alarms.raise_for(csr, error)


def _rest(custody_key: str) -> str:
    return f"{_REST}{custody_key}"
