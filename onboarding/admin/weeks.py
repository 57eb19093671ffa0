"""Push certificates by the weeks to their end: what the chart shows, and what its links list.

A week is seven days of the calendar (UTC); the first begins today.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from onboarding.models import CSR, PushCertificate

# As long before the end as a renewal is offered.
SHOWN = 13
EXPIRED = "expired"
# The width of the longest bar, in the units of the drawing.
_FULL = 1000


@dataclass(frozen=True, slots=True)
class Week:
    """`first` is its first day; None: all that has ended and was not renewed."""

    first: date | None

    @classmethod
    def of(cls, text: str) -> "Week | None":
        """The week that a link names, None for what names none."""
        if text == EXPIRED:
            return cls(None)
        try:
            return cls(date.fromisoformat(text))
        except ValueError:
            return None

    def __str__(self) -> str:
        return EXPIRED if self.first is None else self.first.isoformat()

    @property
    def title(self) -> str:
        if self.first is None:
            return "Ended, not renewed"
        last = self.first + timedelta(days=6)
        return f"{self.first.day} {self.first:%b} – {last.day} {last:%b}"

    def ends(self, column: str, *, now: datetime) -> Q:
        """Those of which `column` lies in this week; what ended before `now` is in none."""
        if self.first is None:
            return Q(**{f"{column}__lte": now})
        begin = datetime.combine(self.first, time(), UTC)
        return Q(
            **{
                f"{column}__gt": now,
                f"{column}__gte": begin,
                f"{column}__lt": begin + timedelta(weeks=1),
            }
        )


@dataclass(frozen=True, slots=True)
class Bar:
    """`count` certificates end in the week; of these `renewing` have a renewal under way.

    `width` and `renewing_width` are as text, in thousandths of the longest bar.
    """

    week: Week
    title: str
    distance: str
    count: int
    renewing: int
    address: str
    renewing_address: str
    width: str
    renewing_width: str


def shown(now: datetime) -> list[Week]:
    """What has ended, and the weeks from today on."""
    today = now.astimezone(UTC).date()
    return [Week(None), *(Week(today + timedelta(weeks=number)) for number in range(SHOWN))]


def bars(now: datetime) -> list[Bar]:
    """One for each week; two queries, whatever there is."""
    weeks = shown(now)
    horizon = datetime.combine(now.astimezone(UTC).date(), time(), UTC) + timedelta(weeks=SHOWN)
    ending = PushCertificate.objects.to_renew().filter(not_after__lt=horizon)
    under_way = CSR.objects.renewing().filter(renews__in=ending.order_by())
    counts = _counted(ending, weeks, "not_after", now)
    renewing = _counted(under_way, weeks, "renews__not_after", now)
    return list(_drawn(weeks, counts, renewing))


def _counted(rows: "QuerySet[Any]", weeks: list[Week], column: str, now: datetime) -> list[int]:
    """How many rows there are of each week. Any: certificates or CSRs."""
    of_week = {
        f"week_{number}": Count("pk", filter=week.ends(column, now=now))
        for number, week in enumerate(weeks)
    }
    return list(rows.aggregate(**of_week).values())


def _drawn(weeks: list[Week], counts: list[int], renewing: list[int]) -> Iterator[Bar]:
    longest = max(counts) or 1
    address = reverse("admin:onboarding_pushcertificate_changelist")
    rows = zip(weeks, counts, renewing, strict=True)
    for number, (week, count, under_way) in enumerate(rows):
        yield Bar(
            week=week,
            title=week.title,
            distance=_distance(number),
            count=count,
            renewing=under_way,
            address=f"{address}?week={week}",
            renewing_address=f"{address}?week={week}&renewal=live",
            width=str(count * _FULL // longest),
            renewing_width=str(under_way * _FULL // longest),
        )


def _distance(number: int) -> str:
    words = {0: "", 1: "the next 7 days", 2: "in a week"}
    return words.get(number, f"in {number - 1} weeks")
