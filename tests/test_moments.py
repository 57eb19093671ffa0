"""How long ago, how long ahead, how long it takes: at the borders, in both languages."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone, translation

from onboarding import moments

NOW = datetime(2026, 11, 26, 14, 5, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SECOND = timedelta(seconds=1)


def relative(left: timedelta, language: str = "en") -> str:
    with time_machine.travel(NOW, tick=False), translation.override(language):
        return moments.relative(NOW + left)


@pytest.mark.parametrize(
    ("left", "english", "german"),
    [
        (59 * SECOND, "in less than a minute", "in weniger als einer Minute"),
        (MINUTE, "in 1 minute", "in 1 Minute"),
        (2 * MINUTE - SECOND, "in 1 minute", "in 1 Minute"),
        (HOUR - SECOND, "in 59 minutes", "in 59 Minuten"),
        (HOUR, "in 1 hour", "in 1 Stunde"),
        (DAY - SECOND, "in 23 hours", "in 23 Stunden"),
        (DAY, "in 1 day", "in 1 Tag"),
        (30 * DAY, "in 30 days", "in 30 Tagen"),
        (59 * DAY, "in 59 days", "in 59 Tagen"),
        (60 * DAY, "in 2 months", "in 2 Monaten"),
        (90 * DAY, "in 3 months", "in 3 Monaten"),
        (350 * DAY, "in 11 months", "in 11 Monaten"),
        (365 * DAY - SECOND, "in 12 months", "in 12 Monaten"),
        (365 * DAY, "in 12 months", "in 12 Monaten"),
        (366 * DAY, "in 12 months", "in 12 Monaten"),
        (397 * DAY, "in 13 months", "in 13 Monaten"),
        (700 * DAY, "in 23 months", "in 23 Monaten"),
        (730 * DAY, "in 2 years", "in 2 Jahren"),
        (-365 * DAY, "12 months ago", "vor 12 Monaten"),
        (-119 * MINUTE, "1 hour ago", "vor 1 Stunde"),
    ],
)
def test_a_distance_is_told_in_whole_units(left: timedelta, english: str, german: str) -> None:
    assert relative(left) == english
    assert relative(left, "de") == german


def test_never_much_more_time_is_told_than_there_is() -> None:
    days = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1, "month": 365.25 / 12, "year": 365.25}
    for hours in range(1, 24 * 1200, 7):
        left = hours * HOUR
        _, count, unit = relative(left).split()
        told = int(count) * days[unit.removesuffix("s")] * DAY
        # Two midnights may lie within 25 hours.
        spared = DAY if unit.startswith("day") else 0 * DAY

        assert told <= left * 1.035 + spared, (left, count, unit)
        assert told > left * 0.49, (left, count, unit)


@pytest.mark.parametrize(
    ("zone", "at", "ahead"),
    [
        # It is 15:05 on the 26th in Berlin.
        ("Europe/Berlin", "2026-11-28 22:59", "in 2 days"),
        ("Europe/Berlin", "2026-11-28 23:01", "in 3 days"),
        ("UTC", "2026-11-28 23:01", "in 2 days"),
        ("UTC", "2026-11-24 00:01", "2 days ago"),
        ("UTC", "2026-11-23 23:59", "3 days ago"),
    ],
)
def test_days_are_counted_by_the_midnights_of_the_readers_zone(
    zone: str, at: str, ahead: str
) -> None:
    left = datetime.fromisoformat(f"{at}Z") - NOW

    with timezone.override(zone):
        assert relative(left) == ahead


def test_a_day_of_25_hours_is_one_day() -> None:
    begin = datetime(2026, 10, 24, 22, 10, tzinfo=UTC)

    with timezone.override("Europe/Berlin"), time_machine.travel(begin, tick=False):
        assert moments.relative(begin + DAY) == "in 1 day"


@pytest.mark.parametrize(
    ("duration", "english", "german"),
    [
        (timedelta(), "1 minute", "1 Minute"),
        (61 * SECOND, "2 minutes", "2 Minuten"),
        (90 * MINUTE, "90 minutes", "90 Minuten"),
        (2 * HOUR, "2 hours", "2 Stunden"),
        (3 * HOUR + 50 * MINUTE, "4 hours", "4 Stunden"),
        (47 * HOUR, "47 hours", "47 Stunden"),
        (2 * DAY + SECOND, "3 days", "3 Tage"),
    ],
)
def test_what_is_promised_within_a_time_is_never_more_than_it(
    duration: timedelta, english: str, german: str
) -> None:
    assert moments.lasting(duration) == english
    with translation.override("de"):
        # "innerhalb von" takes the dative.
        assert moments.lasting(duration).rstrip("n") == german.rstrip("n")
