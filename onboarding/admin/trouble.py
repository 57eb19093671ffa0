"""What the first page shows on top: open alarms, and what is stuck, each with since and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from onboarding import reasons
from onboarding.admin import fragments
from onboarding.models import Alarm
from onboarding.stuck import Part, Stuck

_NOUNS = {Part.MAILS: "mail", Part.EXPORTS: "export"}


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing to look at: the matter, where it is shown, since when, and what is known of it."""

    title: str
    address: str
    since: datetime
    sentence: str


def troubles(late: Mapping[Part, Stuck], *, now: datetime) -> list[Trouble]:
    """The open alarms, and what is stuck without one: the worker raises them, and may be missing.

    `late` is what is stuck now.
    """
    alarms = list(Alarm.objects.open())
    told = {alarm.about for alarm in alarms if alarm.kind == Alarm.Kind.STUCK}
    untold = [stuck for part, stuck in late.items() if part not in told]
    return [*(_of_stuck(one, now) for one in untold), *map(_of_alarm, alarms)]


def list_of(part: Part) -> str:
    """Where what is stuck in `part` is listed."""
    noun = _NOUNS.get(part, "csr")
    return f"{reverse(f'admin:onboarding_{noun}_changelist')}?stuck={part}"


def _of_alarm(alarm: Alarm) -> Trouble:
    return Trouble(str(alarm), fragments.address_of(alarm), alarm.raised_at, alarm.sentence)


def _of_stuck(stuck: Stuck, now: datetime) -> Trouble:
    return Trouble(
        title=str(Alarm(kind=Alarm.Kind.STUCK, about=stuck.part)),
        address=list_of(stuck.part),
        since=stuck.since,
        sentence=f"{stuck.sentence} {reasons.why(stuck.part, now=now)}",
    )
