"""Broker, worker, signer and beat: at work, or not since when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from onboarding import moments, pulses, queue, reasons
from onboarding.admin import fragments
from onboarding.pulses import Sight
from onboarding.stuck import Part


@dataclass(frozen=True, slots=True)
class Process:
    """`tone` is that of a mark: success or danger."""

    name: str
    mark: str
    tone: str
    aside: str


def all_of_them(late: Collection[Part], *, now: datetime) -> list[Process]:
    """Asks the broker, and the database when the others showed themselves.

    `late` are the parts in which something is stuck: by them an alarm judges, too.
    """
    sights = pulses.sights(now=now, waited_for=[reasons.doer(part) for part in late])
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
