"""The signer's round: everything approved, oldest first, batch by batch, until nothing waits."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, OperationalError, transaction

from onboarding import errors, lifecycle, queue, trust
from onboarding.lifecycle import Actor, Signature
from onboarding.models import CSR, VendorCertificate
from onboarding.pki.chain import Chain
from signing import held, pace
from signing.claim import Approved, claimed
from signing.sign import Bench, demand_key, set_up

# Below the tasks' soft time limit, with room for the batch in hand.
ROUND = timedelta(seconds=60)
# A slow token must not keep rows locked for long: a withdrawal waits for them.
LONGEST_BATCH = timedelta(seconds=1)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Desk:
    """What signing takes, the same for the whole round."""

    bench: Bench
    vendor_certificate: VendorCertificate
    now: datetime


@dataclass(slots=True)
class Batch:
    """What was worked on, and what came of it."""

    seen: list[Approved] = field(default_factory=list)
    signatures: list[Signature] = field(default_factory=list)
    failures: list[tuple[Approved, errors.PortalError]] = field(default_factory=list)


def run(*, now: datetime) -> None:
    """Sign what is approved. A CSR that cannot be signed fails alone.

    Raises InvalidIdentity when the identity is to blame: then no CSR has failed, and all wait.
    """
    desk = prepare(now=now)
    deadline = time.monotonic() + ROUND.total_seconds()
    last: Approved | None = None
    while limit := pace.limit(now=now):
        if time.monotonic() > deadline:
            queue.sign_approved()
            return
        began = time.monotonic()
        seen = _work_through(desk, limit, after=last)
        if not seen:
            return
        last = seen[-1]
        pace.rest(len(seen), since=began)


def prepare(*, now: datetime) -> Desk:
    """The newest fit identity and its announced certificate. Raises InvalidIdentity."""
    current = trust.current()
    identity = held.current(trust=current, now=now)
    announced = announce(identity.chain)
    announced.note_in_use(now=now)
    return Desk(set_up(identity, trust=current, now=now), announced, now)


def announce(chain: Chain) -> VendorCertificate:
    """The row of the identity's certificate. Raises InvalidIdentity."""
    announced = lifecycle.announce_vendor_certificate(chain, by=Actor.signer())
    if announced.chain != chain.pem:
        # Downloads are made from the recorded chain: with another one, none would match.
        raise errors.InvalidIdentity(
            "The chain recorded for this vendor certificate holds other certificates than the"
            " signing identity. Write the identity anew with the recorded intermediate"
            " (`manage.py vendor_identity import … --trust`)."
        )
    return announced


def _work_through(desk: Desk, limit: int, *, after: Approved | None) -> list[Approved]:
    with claimed(limit, after=after) as waiting:
        batch = _signed(waiting, desk)
        if after is None and len(waiting) == limit:
            # More than a batch waits. Called now and not earlier, another process signs its first
            # while this one records: in step, both would wait for the database at once.
            queue.call_another_signer()
        if batch.signatures:
            _record(batch.signatures, desk)
        for csr, error in batch.failures:
            _record_failure(csr, error)
    return batch.seen


def _signed(waiting: Sequence[Approved], desk: Desk) -> Batch:
    batch = Batch()
    deadline = time.monotonic() + LONGEST_BATCH.total_seconds()
    for csr in waiting:
        batch.seen.append(csr)
        try:
            batch.signatures.append(_sign(csr, desk.bench))
        except (errors.InvalidIdentity, SoftTimeLimitExceeded):
            raise
        except errors.PortalError as error:
            batch.failures.append((csr, error))
        except Exception:
            # Nobody foresaw it, so it says nothing about the CSR: it stays approved and is tried
            # again, and meanwhile the others are signed.
            logger.exception("CSR %s could not be signed and waits.", csr.pk)
        if time.monotonic() > deadline:
            break
    return batch


def _sign(csr: Approved, bench: Bench) -> Signature:
    signed = bench.sign(csr.der)
    demand_key(signed.public_key_sha256, submitted_sha256=csr.public_key_sha256)
    return Signature(csr.pk, signed.signature, signed.sha256)


def _record(signatures: Sequence[Signature], desk: Desk) -> None:
    """All at once; if the database refuses one of them, each by itself."""
    try:
        _record_all(signatures, desk)
    except OperationalError:
        # The database itself is in trouble: nothing was recorded, and the next round tries again.
        raise
    except DatabaseError as error:
        if len(signatures) == 1:
            logger.error(
                "CSR %s is signed, but that cannot be recorded; it waits: %s",
                signatures[0].csr_id,
                error,
            )
            return
        logger.exception("A batch cannot be recorded as a whole; its CSRs are recorded singly.")
        for one in signatures:
            _record([one], desk)


@transaction.atomic
def _record_all(signatures: Sequence[Signature], desk: Desk) -> None:
    allowed = pace.claim_today(len(signatures), now=desk.now)
    recorded = lifecycle.record_signatures(
        signatures[:allowed],
        vendor_certificate=desk.vendor_certificate,
        by=Actor.signer(),
        signer=pace.signer(),
    )
    pace.give_back(allowed - len(recorded), now=desk.now)
    if len(recorded) < len(signatures):
        late = {one.csr_id for one in signatures} - set(recorded)
        logger.info("Moved on while they were signed: %s.", ", ".join(map(str, sorted(late))))


def _record_failure(csr: Approved, error: errors.PortalError) -> None:
    logger.warning("CSR %s cannot be signed: %s", csr.pk, error)
    try:
        with transaction.atomic():
            row = CSR.objects.select_related("customer").get(pk=csr.pk)
            lifecycle.record_failure(row, error=error, by=Actor.signer())
    except errors.WrongState:
        logger.info("CSR %s moved on while it was looked at; its failure is forgotten.", csr.pk)
