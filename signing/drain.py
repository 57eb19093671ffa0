"""The signer's round: everything approved, oldest first, until nothing waits."""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from celery.exceptions import SoftTimeLimitExceeded
from django.db.models import Q

from onboarding import errors, lifecycle, queue, trust
from onboarding.models import CSR, VendorCertificate
from onboarding.pki.trust import Trust
from signing import held
from signing.identity import SigningIdentity
from signing.sign import SignedRequest, sign

BATCH = 50
# Below the tasks' soft time limit, with room for the CSR in hand.
ROUND = timedelta(seconds=60)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bench:
    """What signing takes, the same for the whole round."""

    identity: SigningIdentity
    vendor_certificate: VendorCertificate
    trust: Trust
    now: datetime


def run(*, now: datetime) -> None:
    """Sign what is approved. A CSR that cannot be signed fails alone.

    Raises InvalidIdentity when the identity is to blame: then no CSR has failed, and all wait.
    """
    bench = prepare(now=now)
    deadline = time.monotonic() + ROUND.total_seconds()
    for csr in _waiting():
        if time.monotonic() > deadline:
            queue.sign_approved()
            return
        _settle(csr, bench)


def prepare(*, now: datetime) -> Bench:
    """The identity, fit to sign, and its announced certificate. Raises InvalidIdentity."""
    current = trust.current()
    identity = held.current(trust=current, now=now)
    announced = lifecycle.announce_vendor_certificate(identity.chain, by=lifecycle.Actor.signer())
    if announced.chain != identity.chain.pem:
        # Downloads are made from the recorded chain: with another one, none would match.
        raise errors.InvalidIdentity(
            "The chain recorded for this vendor certificate holds other certificates than the"
            " signing identity. Write the identity anew with the recorded intermediate"
            " (`manage.py vendor_identity import … --trust`)."
        )
    return Bench(identity, announced, current, now)


def _waiting() -> Iterator[CSR]:
    """Batch by batch, each after the last one seen: what stays behind holds up nobody."""
    waiting = CSR.objects.awaiting_signature().select_related("customer", "requested_by")
    after = Q()
    while batch := list(waiting.filter(after)[:BATCH]):
        # Noted before the batch is worked on: a signature moves `state_since`.
        since, pk = batch[-1].state_since, batch[-1].pk
        yield from batch
        after = Q(state_since__gt=since) | Q(state_since=since, pk__gt=pk)


def _settle(csr: CSR, bench: Bench) -> None:
    # Withdrawn since the batch was read, or signed by another signer: not worth a signature.
    if not CSR.objects.awaiting_signature().filter(pk=csr.pk).exists():
        return
    try:
        if signed := _signed(csr, bench):
            _record(csr, signed, bench)
    except errors.WrongState:
        logger.info("CSR %s moved on while it was signed; its signature is thrown away.", csr.pk)


def _signed(csr: CSR, bench: Bench) -> SignedRequest | None:
    try:
        return _checked(csr, bench)
    except (errors.InvalidIdentity, SoftTimeLimitExceeded):
        raise
    except errors.PortalError as error:
        logger.warning("CSR %s cannot be signed: %s", csr.pk, error)
        lifecycle.record_failure(csr, error=error, by=lifecycle.Actor.signer())
    except Exception:
        # Nobody foresaw it, so it says nothing about the CSR: it stays approved and is tried
        # again, and meanwhile the others are signed.
        logger.exception("CSR %s could not be signed and waits.", csr.pk)
    return None


def _checked(csr: CSR, bench: Bench) -> SignedRequest:
    signed = sign(bytes(csr.der or b""), identity=bench.identity, trust=bench.trust, now=bench.now)
    if signed.csr.public_key_sha256 != csr.public_key_sha256:
        raise errors.DamagedRecord(
            "The stored CSR is not the one that was submitted: its key has another fingerprint."
            " Reject it, and find out who changed the database."
        )
    return signed


def _record(csr: CSR, signed: SignedRequest, bench: Bench) -> None:
    lifecycle.record_signature(
        csr,
        signature=signed.signature,
        vendor_certificate=bench.vendor_certificate,
        push_request_sha256=signed.sha256,
        by=lifecycle.Actor.signer(),
    )
