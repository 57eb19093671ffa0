"""Who is to be reminded today: pure over (certificates, now).

Told is 90, 60, 30, 14, 7 and 1 days before the end of a certificate, on its day, and from then on
every week, until it is renewed or revoked or nobody wants to hear of it. After a downtime only
what holds then is told, once. Days are those of the calendar, in UTC.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from onboarding import renewal

THRESHOLDS = (90, 60, 30, 14, 7, 1, 0)
WEEK = 7


@dataclass(frozen=True, slots=True)
class Candidate:
    """An active certificate; `last` is the threshold that was told last, None before the first."""

    pk: UUID
    not_after: datetime
    last: int | None


def due(candidates: Iterable[Candidate], *, now: datetime) -> dict[UUID, int]:
    """The certificates to be reminded of, each with the threshold that it has reached."""
    found = ((one, reached(one.not_after, now=now)) for one in candidates)
    return {
        one.pk: threshold
        for one, threshold in found
        if threshold is not None and (one.last is None or threshold < one.last)
    }


def reached(not_after: datetime, *, now: datetime) -> int | None:
    """The newest threshold, None while the end is far; -7, -14, … in the weeks after the end."""
    left = renewal.days_left(not_after, now=now)
    if left <= -WEEK:
        return -(-left // WEEK) * WEEK
    return min((days for days in THRESHOLDS if left <= days), default=None)


def next_day(not_after: datetime, *, now: datetime) -> date:
    """The next day on which a reminder is due that is not due yet."""
    end, today = not_after.astimezone(UTC).date(), now.astimezone(UTC).date()
    ahead = [day for days in THRESHOLDS if (day := end - timedelta(days=days)) > today]
    weeks = max((today - end).days // WEEK + 1, 1)
    return ahead[0] if ahead else end + timedelta(weeks=weeks)


def horizon(now: datetime) -> datetime:
    """A certificate that ends at this moment or later has reached no threshold today."""
    midnight = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    return midnight + timedelta(days=max(THRESHOLDS) + 1)
