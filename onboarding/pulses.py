"""Is anybody at work? Worker, signer and beat show themselves; staff see when they last did."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from onboarding.models import Event, Pulse

Process = Pulse.Process
# Asked for every 15 seconds; a signer with its hands full comes to it after a minute.
_LIMIT = timedelta(minutes=2)
# Two of a signer's pulses have failed to come: while something waits for it, this counts already.
_WAITED_FOR = {Process.SIGNER: timedelta(seconds=40)}
# A signer with its hands full shows itself by its signatures.
_LATELY = timedelta(minutes=1)
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


def sights(*, now: datetime, waited_for: Collection[Process] = ()) -> list[Sight]:
    """Of each process; one that something is stuck for, `waited_for`, is absent the sooner."""
    seen = {pulse.process: pulse.seen_at for pulse in Pulse.objects.all()}
    return [
        _sight(process, seen.get(process), now=now, limit=_limit(process, waited_for))
        for process in Process
    ]


def absent(*, now: datetime, waited_for: Collection[Process] = ()) -> dict[Process, str]:
    """The processes that are absent, each with a sentence that says so."""
    found = sights(now=now, waited_for=waited_for)
    return {sight.process: sight.sentence for sight in found if sight.is_absent}


def last_signature(*, now: datetime) -> datetime | None:
    """Of a running signer, within the last minute; what is imported shows none."""
    lately = Event.objects.filter(at__gte=now - _LATELY).order_by("-at", "-id")
    return lately.signed_by_running_signers().values_list("at", flat=True).first()


def _limit(process: Process, waited_for: Collection[Process]) -> timedelta:
    return _WAITED_FOR.get(process, _LIMIT) if process in waited_for else _LIMIT


def _sight(process: Process, at: datetime | None, *, now: datetime, limit: timedelta) -> Sight:
    is_late = at is None or now - at > limit
    if is_late and process == Process.SIGNER and (signed := last_signature(now=now)):
        return Sight(process, max(signed, at or signed), is_absent=False)
    return Sight(process, at, is_absent=is_late)


def trouble(process: Process) -> str:
    """What this process met when it last showed itself; empty while all is well."""
    return Pulse.objects.filter(process=process).values_list("trouble", flat=True).first() or ""
