"""How long approval usually takes here, by what it took lately; honest when nobody can say."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from django.core.cache import cache

from onboarding.models import Approval, Event

# So few say nothing about the next one.
FEWEST = 5
_LATEST = 50
_KEPT = timedelta(minutes=10)
_KEY = "portal.pace"


@dataclass(frozen=True, slots=True)
class Pace:
    """Of `count` CSRs, half were approved within `usual`, nine of ten within `long`."""

    count: int
    usual: timedelta
    long: timedelta


def of(waits: Iterable[timedelta]) -> Pace | None:
    """None where there are too few to say anything."""
    ordered = sorted(waits)
    if len(ordered) < FEWEST:
        return None
    return Pace(len(ordered), usual=_within(ordered, 0.5), long=_within(ordered, 0.9))


def current() -> Pace | None:
    """By the vendor's latest approvals; asked of the database now and then."""
    found = cache.get(_KEY)
    if found is None:
        found = [wait.total_seconds() for wait in _waits()]
        cache.set(_KEY, found, _KEPT.total_seconds())
    return of(timedelta(seconds=seconds) for seconds in found)


def _within(ordered: list[timedelta], share: float) -> timedelta:
    return ordered[ceil(share * len(ordered)) - 1]


def _waits() -> list[timedelta]:
    """From a CSR's coming in to its last approval, for those approved by people lately."""
    given = Approval.objects.order_by("-given_at").values_list("csr_id", "given_at")[:_LATEST]
    approved = dict(reversed(list(given)))
    came = Event.objects.filter(verb="submit", csr__in=approved).values_list("csr_id", "at")
    return [approved[csr_id] - at for csr_id, at in came if csr_id in approved]
