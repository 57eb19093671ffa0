"""What has waited longer than it should, part by part: how many, and since when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, QuerySet

from onboarding.models import CSR, Export, Mail

# A mail server that is busy asks for patience: some minutes are no fault yet.
_MAILS = timedelta(minutes=10)


class Part(StrEnum):
    SIGNING = "signing"
    KEYS = "keys"
    MAILS = "mails"
    EXPORTS = "exports"


_PARTS = {CSR.State.REQUESTED: Part.KEYS, CSR.State.APPROVED: Part.SIGNING}
# The column that says since when.
_SINCE = {
    Part.SIGNING: "state_since",
    Part.KEYS: "state_since",
    Part.MAILS: "queued_at",
    Part.EXPORTS: "asked_at",
}
# Of one, and of several.
_WORDS = {
    Part.SIGNING: ("1 approved CSR waits to be signed", "approved CSRs wait to be signed"),
    Part.KEYS: ("1 CSR waits for its key", "CSRs wait for their keys"),
    Part.MAILS: ("1 mail waits to be sent", "mails wait to be sent"),
    Part.EXPORTS: ("1 export of a push key waits to be made", "exports of push keys wait"),
}


@dataclass(frozen=True, slots=True)
class Stuck:
    """`since` is when the oldest of the `count` began to wait."""

    part: Part
    count: int
    since: datetime

    @property
    def sentence(self) -> str:
        one, several = _WORDS[self.part]
        since = f"since {self.since:%Y-%m-%d %H:%M:%S} UTC."
        return f"{one}, {since}" if self.count == 1 else f"{self.count} {several}, one {since}"


def find(*, now: datetime) -> dict[Part, Stuck]:
    """The parts in which something is stuck, each with what is; the others are left out."""
    oldest = {
        part: rows(part, now=now).aggregate(count=Count("pk"), since=Min(column))
        for part, column in _SINCE.items()
    }
    return {part: Stuck(part, **found) for part, found in oldest.items() if found["since"]}


def rows(part: Part, *, now: datetime) -> QuerySet[Any]:
    """What is stuck in this part. Any: several models."""
    waiting: dict[Part, QuerySet[Any]] = {
        Part.SIGNING: CSR.objects.awaiting_signature(),
        Part.KEYS: CSR.objects.awaiting_key(),
        Part.MAILS: Mail.objects.unsent(),
        Part.EXPORTS: Export.objects.unmade(),
    }
    limit = _MAILS if part is Part.MAILS else patience()
    return waiting[part].filter(**{f"{_SINCE[part]}__lt": now - limit})


def part_of(csr: CSR, *, now: datetime) -> Part | None:
    """The part in which this CSR is stuck; None while it is not."""
    is_late = csr.state_since < now - patience()
    return _PARTS.get(CSR.State(csr.state)) if is_late else None


def patience() -> timedelta:
    """How long a key, a signature or an export may take: the setting STUCK_AFTER."""
    return timedelta(seconds=settings.STUCK_AFTER)
