"""When a renewal is offered, when it is urgent, and how days are counted."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from onboarding import renewal
from onboarding.renewal import Due

END = datetime(2027, 3, 1, 10, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("left", "due"),
    [
        (timedelta(days=90) + SECOND, Due.NOT_YET),
        (timedelta(days=90), Due.OFFERED),
        (timedelta(days=30) + SECOND, Due.OFFERED),
        (timedelta(days=30), Due.URGENT),
        (SECOND, Due.URGENT),
        (timedelta(), Due.EXPIRED),
        (timedelta(days=-400), Due.EXPIRED),
    ],
)
def test_a_renewal_is_due_by_what_is_left(left: timedelta, due: Due) -> None:
    found = renewal.due(END, now=END - left)

    assert found is due
    assert found.is_offered == (due is not Due.NOT_YET)


def test_it_is_offered_from_ninety_days_before_the_end() -> None:
    begin = renewal.offered_from(END)

    assert renewal.due(END, now=begin).is_offered
    assert not renewal.due(END, now=begin - SECOND).is_offered


@pytest.mark.parametrize(
    ("now", "days"),
    [
        (datetime(2027, 3, 1, 0, 0, tzinfo=UTC), 0),
        (datetime(2027, 3, 1, 23, 59, tzinfo=UTC), 0),
        (datetime(2027, 2, 28, 23, 59, tzinfo=UTC), 1),
        (datetime(2027, 3, 8, 0, 0, tzinfo=UTC), -7),
        # The same moment as 28 February, 23:30 UTC.
        (datetime(2027, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))), 1),
    ],
)
def test_days_are_those_of_the_calendar_in_utc(now: datetime, days: int) -> None:
    assert renewal.days_left(END, now=now) == days


def test_a_leap_day_is_a_day() -> None:
    end = datetime(2028, 3, 1, 10, 30, tzinfo=UTC)

    assert renewal.days_left(end, now=datetime(2028, 2, 28, tzinfo=UTC)) == 2
