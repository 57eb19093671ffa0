"""Broker, worker, signer and beat: at work, or not since when."""

from dataclasses import dataclass
from datetime import datetime

from onboarding import moments, pulses, queue
from onboarding.admin import fragments
from onboarding.pulses import Sight


@dataclass(frozen=True, slots=True)
class Process:
    """`tone` is that of a mark: success or danger."""

    name: str
    mark: str
    tone: str
    aside: str


def all_of_them(*, now: datetime) -> list[Process]:
    """Asks the broker, and the database when the others showed themselves."""
    sights = pulses.sights(now=now)
    return [_broker(sights), *(_process(sight) for sight in sights)]


def _process(sight: Sight) -> Process:
    name = sight.process.label
    if sight.at is None:
        return Process(name, "Not seen", "danger", "never seen so far")
    ago = moments.relative(sight.at)
    if sight.is_absent:
        return Process(name, "Not seen", "danger", f"since {fragments.moment(sight.at)}, {ago}")
    return Process(name, "At work", "success", f"seen {ago}")


def _broker(sights: list[Sight]) -> Process:
    if queue.is_reachable():
        return Process("Broker", "Answers", "success", "asked just now")
    # Beat is heard of through the broker alone.
    heard = max((sight.at for sight in sights if sight.at), default=None)
    if heard is None:
        return Process("Broker", "No answer", "danger", "start it: nobody hears of work")
    aside = f"last of use {moments.relative(heard)}; start it"
    return Process("Broker", "No answer", "danger", aside)
