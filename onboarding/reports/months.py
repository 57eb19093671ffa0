"""What was done in each month (UTC), counted by the database: of Events and of rows."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Count, F, QuerySet
from django.db.models.functions import TruncMonth

from onboarding.models import Customer, Event, PushCertificate

MONTHS = 24
# What is counted, by its name here, with its title.
COUNTED = {
    "made": "CSRs made",
    "approved": "CSRs approved",
    "rejected": "CSRs rejected",
    "signed": "CSRs signed",
    "activated": "Certificates activated",
    "renewed": "of these renewals",
    "expired": "Certificates expired",
    "revoked": "Certificates revoked",
    "added": "Customers added",
    "closed": "Customers closed",
}
_VERBS = {
    "request_csr": "made",
    "approve": "approved",
    "use_standing_approval": "approved",
    "reject": "rejected",
    "record_signature": "signed",
    "activate": "activated",
    "supersede": "renewed",
    "revoke": "revoked",
    "close_customer": "closed",
}
# More people than that approve nothing together.
_MOST = 9
# How the Event of an approval says that it waits for another one.
_NOT_YET = [f"{given} of {needed}" for needed in range(2, _MOST + 1) for given in range(1, needed)]


@dataclass(frozen=True, slots=True)
class Month:
    """`counts` holds one for each of COUNTED."""

    first: date
    counts: Mapping[str, int]

    def cells(self) -> list[object]:
        """The month as 2026-11, then one for each of COUNTED."""
        return [f"{self.first:%Y-%m}", *self.counts.values()]


def table(*, now: datetime) -> list[Month]:
    """The last MONTHS months, the present one first."""
    firsts = list(_firsts(now.astimezone(UTC).date()))
    since = datetime.combine(firsts[-1], datetime.min.time(), UTC)
    found: Counter[tuple[date, str]] = Counter()
    for (month, verb), count in _of_events(since).items():
        found[month, _VERBS[verb]] += count
    for name, rows, at in (
        ("added", Customer.objects.filter(created_at__gte=since), "created_at"),
        ("expired", _expired(since, now), "not_after"),
    ):
        for month, count in _by_month(rows, at):
            found[month, name] += count
    return [Month(first, {name: found[first, name] for name in COUNTED}) for first in firsts]


def _firsts(today: date) -> Iterator[date]:
    for back in range(MONTHS):
        years, month = divmod(today.year * 12 + today.month - 1 - back, 12)
        yield date(years, month + 1, 1)


def _of_events(since: datetime) -> dict[tuple[date, str], int]:
    events = Event.objects.filter(verb__in=_VERBS, at__gte=since)
    counted = (
        # An import that brings a newer certificate is no renewal here.
        events.exclude(verb="supersede", csr__isnull=True)
        # The first of two approvals approves nothing yet.
        .exclude(
            verb="approve",
            # Earlier releases did not note it, and NULL is in no list and out of none.
            facts__has_key="approvals",
            facts__approvals__in=_NOT_YET,
        )
        .order_by()
        .annotate(month=TruncMonth("at", tzinfo=UTC))
        .values_list("month", "verb")
        .annotate(count=Count("pk"))
    )
    return {(month.date(), verb): count for month, verb, count in counted}


def _expired(since: datetime, now: datetime) -> "QuerySet[PushCertificate]":
    """Those that had not been renewed by their end, nor revoked."""
    ended = PushCertificate.objects.filter(not_after__gte=since, not_after__lte=now)
    return (
        ended.exclude(revoked_at__lte=F("not_after"))
        .exclude(successor__not_before__lte=F("not_after"))
        # Imported with a newer one beside it, so renewed elsewhere.
        .exclude(state=PushCertificate.State.SUPERSEDED, successor__isnull=True)
    )


def _by_month(rows: "QuerySet[Any]", at: str) -> Iterator[tuple[date, int]]:
    """Any: several nouns."""
    months = rows.order_by().annotate(month=TruncMonth(at, tzinfo=UTC)).values_list("month")
    for month, count in months.annotate(count=Count("pk")):
        yield month.date(), count
