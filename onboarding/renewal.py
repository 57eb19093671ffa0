"""When a push certificate is to be renewed: pure over (its end, now).

A renewal is offered from OFFERED before the end, is urgent from URGENT before it, and stays the
offer after it: Apple often renews what ended a while ago, and a new topic would cost every device.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

OFFERED = timedelta(days=90)
# Apple's own first mail comes so long before the end.
URGENT = timedelta(days=30)


class Due(StrEnum):
    NOT_YET = "not_yet"
    OFFERED = "offered"
    URGENT = "urgent"
    EXPIRED = "expired"

    @property
    def is_offered(self) -> bool:
        return self is not Due.NOT_YET


def due(not_after: datetime, *, now: datetime) -> Due:
    left = not_after - now
    if left <= timedelta():
        return Due.EXPIRED
    if left <= URGENT:
        return Due.URGENT
    return Due.OFFERED if left <= OFFERED else Due.NOT_YET


def offered_from(not_after: datetime) -> datetime:
    return not_after - OFFERED


def days_left(not_after: datetime, *, now: datetime) -> int:
    """Days of the calendar (UTC): 0 on the day of the end, whatever the hour; negative after it."""
    return (not_after.astimezone(UTC).date() - now.astimezone(UTC).date()).days
