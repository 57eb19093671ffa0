"""Is anybody at work? Worker, signer and beat show themselves; staff see when they last did."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from onboarding.models import Pulse

Process = Pulse.Process
# Asked for every 15 seconds; a signer with its hands full comes to it after a minute.
LIMIT = timedelta(minutes=2)
_ADVICE = {
    Process.WORKER: "Start it; if it runs, its log says why it does not get on.",
    Process.SIGNER: (
        "Start it; if it runs, look whether beat and a worker do, which ask it to show itself."
    ),
    Process.BEAT: "Start it; if it runs, look whether a worker does, by which beat is heard of.",
}


@dataclass(frozen=True, slots=True)
class Sight:
    """When a process was last seen, None for never, and whether that is too long ago."""

    process: Process
    at: datetime | None
    is_absent: bool

    @property
    def sentence(self) -> str:
        """For one that is absent."""
        since = f"since {self.at:%Y-%m-%d %H:%M:%S} UTC" if self.at else "so far"
        return f"No {self.process} has been seen {since}. {_ADVICE[self.process]}"


def show(process: Process, *, now: datetime) -> None:
    """This process is at work; what it met before stands."""
    Pulse.objects.update_or_create(process=process, defaults={"seen_at": now})


def note(process: Process, *, now: datetime, trouble: str = "") -> None:
    """This process is at work, and met `trouble` or none."""
    Pulse.objects.update_or_create(
        process=process, defaults={"seen_at": now, "trouble": trouble[:2000]}
    )


def sights(*, now: datetime, limit: timedelta = LIMIT) -> list[Sight]:
    """Of each process; it is absent when it was not seen for longer than `limit`."""
    seen = {pulse.process: pulse.seen_at for pulse in Pulse.objects.all()}
    return [
        Sight(process, at, is_absent=at is None or now - at > limit)
        for process in Process
        for at in [seen.get(process)]
    ]


def absent(*, now: datetime, limit: timedelta = LIMIT) -> dict[Process, str]:
    """The processes that are absent, each with a sentence that says so."""
    found = sights(now=now, limit=limit)
    return {sight.process: sight.sentence for sight in found if sight.is_absent}


def trouble(process: Process) -> str:
    """What this process met when it last showed itself; empty while all is well."""
    return Pulse.objects.filter(process=process).values_list("trouble", flat=True).first() or ""
