"""The way to a push certificate as a list of steps: which are done, which is now, which to come."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Self

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from onboarding.models import CSR, Event

State = CSR.State


class Progress(StrEnum):
    DONE = "done"
    NOW = "now"
    STOPPED = "stopped"
    AHEAD = "ahead"


class Place(IntEnum):
    """The steps, in the order in which they are gone."""

    KEY = 0
    ACCOUNT = 1
    CSR = 2
    APPROVAL = 3
    DOWNLOAD = 4
    APPLE = 5
    UPLOAD = 6


@dataclass(frozen=True, slots=True)
class Step:
    """`href` leads to the step where one may look at it, or do it, now."""

    title: str | Promise
    progress: Progress
    at: datetime | None = None
    href: str = ""

    def leading_to(self, href: str) -> Self:
        return replace(self, href=href)


_TITLES = {
    Place.KEY: gettext_lazy("Key"),
    Place.ACCOUNT: gettext_lazy("Apple Account"),
    Place.CSR: gettext_lazy("CSR"),
    Place.APPROVAL: gettext_lazy("Approval"),
    Place.DOWNLOAD: gettext_lazy("Download"),
    Place.APPLE: gettext_lazy("At Apple"),
    Place.UPLOAD: gettext_lazy("Upload"),
}
# The verb whose Event ends a step; the first of each counts.
_ENDS = {
    Place.KEY: "request_csr",
    Place.CSR: "submit",
    Place.APPROVAL: "record_signature",
    Place.DOWNLOAD: "download_signed_request",
    Place.UPLOAD: "activate",
}
_CURRENT = {
    State.REQUESTED: Place.CSR,
    State.SUBMITTED: Place.APPROVAL,
    State.APPROVED: Place.APPROVAL,
    State.FAILED: Place.APPROVAL,
    State.SIGNED: Place.DOWNLOAD,
    State.FULFILLED: Place.UPLOAD + 1,
}
_STOPPED = {State.FAILED, State.REJECTED, State.WITHDRAWN}


def is_taken_along(event: Event) -> bool:
    """Whether somebody who may act for the customer downloaded the signed request."""
    return event.verb == _ENDS[Place.DOWNLOAD] and bool(event.facts.get("may_act", True))


def before_csr(now: Place, *, has_account: bool) -> list[Step]:
    """The steps while there is no CSR yet, and `now` is the page that is open."""
    return [_step(place, now, has_account=has_account) for place in Place]


def of(csr: CSR, events: Iterable[Event], *, has_account: bool) -> list[Step]:
    """The steps of a CSR. `events` are its own, oldest first."""
    ends: dict[str, datetime] = {}
    for event in events:
        if event.verb != _ENDS[Place.DOWNLOAD] or is_taken_along(event):
            ends.setdefault(event.verb, event.at)
    now = _now(csr, ends, has_account=has_account)
    current = Progress.STOPPED if csr.state in _STOPPED else Progress.NOW
    return [
        _step(place, now, has_account=has_account, current=current, ends=ends) for place in Place
    ]


def _step(
    place: Place,
    now: int,
    *,
    has_account: bool,
    current: Progress = Progress.NOW,
    ends: dict[str, datetime] | None = None,
) -> Step:
    progress = Progress.AHEAD
    if place == now:
        progress = current
    elif place < now and (place is not Place.ACCOUNT or has_account):
        progress = Progress.DONE
    end = (ends or {}).get(_ENDS.get(place, ""))
    return Step(_TITLES[place], progress, at=end if progress is Progress.DONE else None)


def _now(csr: CSR, ends: dict[str, datetime], *, has_account: bool) -> int:
    now = _CURRENT.get(State(csr.state))
    if now is None:
        return _reached(csr, ends)
    if now != Place.DOWNLOAD:
        return now
    if not has_account:
        return Place.ACCOUNT
    return Place.APPLE if _ENDS[Place.DOWNLOAD] in ends else Place.DOWNLOAD


def _reached(csr: CSR, ends: dict[str, datetime]) -> int:
    """Where a CSR was when it was rejected or withdrawn."""
    if csr.der is None:
        return Place.CSR
    if csr.signature is None:
        return Place.APPROVAL
    return Place.APPLE if _ENDS[Place.DOWNLOAD] in ends else Place.DOWNLOAD
