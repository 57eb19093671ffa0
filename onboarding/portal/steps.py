"""The way of a CSR as a list of steps: which are done, which is now, which are to come."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from onboarding.models import CSR, Event

State = CSR.State


class Progress(StrEnum):
    DONE = "done"
    NOW = "now"
    STOPPED = "stopped"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class Step:
    title: str
    progress: Progress
    at: datetime | None = None


# Verb whose event ends the step -> what the step is called.
_STEPS = {
    "submit": "CSR",
    "approve": "Approval",
    "record_signature": "Signature",
    "activate": "Certificate from Apple",
}
_CURRENT = {
    State.REQUESTED: 0,
    State.SUBMITTED: 1,
    State.APPROVED: 2,
    State.FAILED: 2,
    State.SIGNED: 3,
    State.FULFILLED: 4,
}
_STOPPED = {State.FAILED, State.REJECTED, State.WITHDRAWN}


def of(csr: CSR, events: Iterable[Event]) -> list[Step]:
    """Four steps. `events` are the CSR's own, oldest first."""
    ends = {event.verb: event.at for event in events}
    current = _CURRENT.get(State(csr.state), _reached(csr, ends))
    now = Progress.STOPPED if csr.state in _STOPPED else Progress.NOW
    return [
        Step(
            title=title,
            progress=_progress(number, current, now=now),
            at=ends.get(verb) if number < current else None,
        )
        for number, (verb, title) in enumerate(_STEPS.items())
    ]


def _progress(number: int, current: int, *, now: Progress) -> Progress:
    if number < current:
        return Progress.DONE
    return now if number == current else Progress.AHEAD


def _reached(csr: CSR, ends: dict[str, datetime]) -> int:
    """Where a CSR was when it was rejected or withdrawn."""
    if csr.der is None:
        return 0
    if csr.signature is not None:
        return 3
    # A rejected one stopped at a person's decision, even if its signature failed before.
    return 2 if csr.state == State.WITHDRAWN and "approve" in ends else 1
