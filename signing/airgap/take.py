"""Taking the results in: recorded as the online signer would, with the same states and events.

They do not count into its daily cap, which bounds a process that nobody watches. Here a person
has looked at each file on the offline machine.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from django.db import DatabaseError, OperationalError

from onboarding import errors, lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import CSR
from onboarding.models.event import AIR_GAPPED
from signing.airgap import verdict as verdicts
from signing.airgap.results import Result
from signing.airgap.verdict import Desk, Verdict
from signing.sign import SignedRequest

logger = logging.getLogger(__name__)


class Outcome(Enum):
    SIGNED = "signed"
    FAILED = "failed"
    ALREADY = "recorded already"
    LEFT = "left alone"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a result, and a sentence on it where staff should know one."""

    name: str
    outcome: Outcome
    sentence: str = ""


def take(results: Sequence[Result], *, desk: Desk) -> list[Taken]:
    """Record what verifies; one that is refused undoes no other. Safe twice."""
    wanted = CSR.objects.select_related("customer", "requested_by")
    rows = wanted.in_bulk([result.csr_id for result in results])
    judged = [
        (result.csr_id, verdicts.of(result, csr=rows.get(result.csr_id), desk=desk))
        for result in results
    ]
    signed = _record([one for one in judged if isinstance(one[1], SignedRequest)], desk)
    return [_settle(pk, rows.get(pk), verdict, signed) for pk, verdict in judged]


def _record(judged: Sequence[tuple[UUID, Verdict]], desk: Desk) -> set[UUID]:
    """The ids of those that are signed now. All at once; if the database refuses one of them,
    each by itself."""
    signatures = [
        lifecycle.Signature(pk, verdict.signature, verdict.sha256)
        for pk, verdict in judged
        if isinstance(verdict, SignedRequest)
    ]
    try:
        return set(
            lifecycle.record_signatures(
                signatures,
                vendor_certificate=desk.vendor_certificate,
                by=Actor.signer(),
                signer=AIR_GAPPED,
            )
        )
    except OperationalError:
        # The database itself is in trouble: what came before is recorded, this batch is not.
        raise
    except DatabaseError as error:
        if len(judged) > 1:
            return {pk for one in judged for pk in _record([one], desk)}
        logger.error("CSR %s is signed, but that cannot be recorded: %s", judged[0][0], error)
        return set()


def _settle(pk: UUID, csr: CSR | None, verdict: Verdict, signed: set[UUID]) -> Taken:
    if csr is None or isinstance(verdict, errors.InvalidResult):
        return Taken(str(pk), Outcome.REFUSED, str(verdict))
    if isinstance(verdict, errors.PortalError):
        return _failed(csr, verdict)
    if pk in signed:
        # Of one that stands twice in the file, the second is there already.
        signed.remove(pk)
        return Taken(str(pk), Outcome.SIGNED)
    csr.refresh_from_db()
    return _overtaken(csr, verdict)


def _failed(csr: CSR, error: errors.PortalError) -> Taken:
    try:
        lifecycle.record_failure(csr, error=error, by=Actor.signer())
    except errors.WrongState:
        return _overtaken(csr, error)
    return Taken(str(csr.pk), Outcome.FAILED, error.sentence)


def _overtaken(csr: CSR, verdict: Verdict) -> Taken:
    """It is no longer approved: taken in before, signed online meanwhile, or withdrawn."""
    name = str(csr.pk)
    if csr.state in {CSR.State.SIGNED, CSR.State.FULFILLED}:
        return Taken(name, Outcome.ALREADY, _other_signature(csr, verdict))
    if csr.state == CSR.State.FAILED and isinstance(verdict, errors.PortalError):
        return Taken(name, Outcome.ALREADY)
    if csr.state == CSR.State.APPROVED:
        return Taken(name, Outcome.REFUSED, "The database did not take it; the log says why.")
    sentence = f"It is now “{csr.get_state_display()}” and no longer to be signed."
    return Taken(name, Outcome.LEFT, sentence)


def _other_signature(csr: CSR, verdict: Verdict) -> str:
    if isinstance(verdict, SignedRequest) and csr.push_request_sha256 == verdict.sha256:
        return ""
    return "It was signed under another vendor certificate meanwhile; that signature stays."
