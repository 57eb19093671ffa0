"""Push certificates by the weeks to their end: what the chart shows, and what its links list.

A week is seven days of the calendar (UTC); the first begins today. Under the weeks stands what ends
later, counted no further than its list is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from onboarding.admin.listing import BoundedPaginator
from onboarding.models import CSR, PushCertificate

# As long before the end as a renewal is offered.
SHOWN = 13
EXPIRED = "expired"
LATER = "later"
# The width of the longest bar, in the units of the drawing.
_FULL = 1000


@dataclass(frozen=True, slots=True)
class Week:
    """`first` is its first day; None: all that has ended and was not renewed."""

    first: date | None

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
        begin = _midnight(self.first)
        return Q(
            **{
                f"{column}__gt": now,
                f"{column}__gte": begin,
                f"{column}__lt": begin + timedelta(weeks=1),
            }
        )


@dataclass(frozen=True, slots=True)
class Later:
    """All that ends after the weeks that are shown."""

    title = "Later"

    def __str__(self) -> str:
        return LATER

    def ends(self, column: str, *, now: datetime) -> Q:
        return Q(**{f"{column}__gte": _midnight(_after_all(now))})


@dataclass(frozen=True, slots=True)
class Bar:
    """`number` certificates end in the week; of these `renewing` have a renewal under way.

    `width` and `renewing_width` are as text, in thousandths of the longest bar. What ends later has
    none: beside all of it a week could not be seen.
    """

    week: Week | Later
    title: str
    distance: str
    number: str
    renewing: str
    width: str = ""
    renewing_width: str = ""

    @property
    def address(self) -> str:
        return f"{reverse('admin:onboarding_pushcertificate_changelist')}?week={self.week}"

    @property
    def renewing_address(self) -> str:
        return f"{self.address}&renewal=live"


def of(text: str) -> Week | Later | None:
    """What a link names, None for what names nothing."""
    if text == LATER:
        return Later()
    if text == EXPIRED:
        return Week(None)
    try:
        return Week(date.fromisoformat(text))
    except ValueError:
        return None


def shown(now: datetime) -> list[Week]:
    """What has ended, and the weeks from today on."""
    today = now.astimezone(UTC).date()
    return [Week(None), *(Week(today + timedelta(weeks=number)) for number in range(SHOWN))]


def bars(now: datetime) -> list[Bar]:
    """One for each week, and what ends later; four queries, whatever there is."""
    weeks, horizon = shown(now), _midnight(_after_all(now))
    ending = PushCertificate.objects.to_renew().filter(not_after__lt=horizon)
    counts = _counted(ending, weeks, "not_after", now)
    renewing = _counted(_under_way(ending), weeks, "renews__not_after", now)
    return [*_drawn(weeks, counts, renewing), _later(now)]


def _under_way(certificates: QuerySet[PushCertificate]) -> QuerySet[CSR]:
    return CSR.objects.renewing().filter(renews__in=certificates.order_by())


def _later(now: datetime) -> Bar:
    later, first = Later(), _after_all(now)
    ending = PushCertificate.objects.to_renew().filter(later.ends("not_after", now=now))
    return Bar(
        week=later,
        title=later.title,
        distance=f"from {first.day} {first:%b} on",
        # As its list counts: nearly all certificates may be among these.
        number=BoundedPaginator(ending, 1).number,
        renewing=BoundedPaginator(_under_way(ending), 1).number,
    )


def _counted(rows: "QuerySet[Any]", weeks: list[Week], column: str, now: datetime) -> list[int]:
    """How many rows there are of each week. Any: certificates or CSRs."""
    of_week = {
        f"week_{number}": Count("pk", filter=week.ends(column, now=now))
        for number, week in enumerate(weeks)
    }
    return list(rows.aggregate(**of_week).values())


def _drawn(weeks: list[Week], counts: list[int], renewing: list[int]) -> Iterator[Bar]:
    longest = max(counts) or 1
    rows = zip(weeks, counts, renewing, strict=True)
    for number, (week, count, under_way) in enumerate(rows):
        yield Bar(
            week=week,
            title=week.title,
            distance=_distance(number),
            number=str(count),
            renewing=str(under_way),
            width=str(count * _FULL // longest),
            renewing_width=str(under_way * _FULL // longest),
        )


def _after_all(now: datetime) -> date:
    """The day after the last week that is shown."""
    return now.astimezone(UTC).date() + timedelta(weeks=SHOWN)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _distance(number: int) -> str:
    words = {0: "", 1: "the next 7 days", 2: "in a week"}
    return words.get(number, f"in {number - 1} weeks")
