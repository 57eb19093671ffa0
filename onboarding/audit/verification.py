"""The chain of Events, walked from its first seal to its last: whatever was bent is found there.

Each seal is compared with the Event that it holds and with the seal before it as it is stored, so
that one change shows at one place, and what comes behind it is still judged.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any, Self

from onboarding import printable
from onboarding.audit import encoding, reading
from onboarding.audit.reading import Sealed

PAGE = 2000
# So many findings are kept in words; all are counted.
KEPT = 200
# Nothing that the portal does takes so long to be committed.
_LATE = encoding.in_microseconds(timedelta(minutes=15))
# So many Events before it say what time it was: one alone may have been written by a wrong clock.
_WITNESSES = 16
_NEVER_SEALED = 1000
# What has no number in the chain is told last.
_LAST = 1 << 62


class Kind(StrEnum):
    CHANGED = "changed"
    SWAPPED = "swapped"
    DELETED = "deleted"
    INSERTED = "inserted"
    REMOVED = "removed"
    CUT_OFF = "cut off"
    REWRITTEN = "rewritten"
    HEAD = "head"


@dataclass(frozen=True, slots=True)
class Finding:
    """`seq` is the number in the chain; `event` the id of the Event, where there is one."""

    kind: Kind
    sentence: str
    seq: int | None = None
    event: int | None = None

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    @classmethod
    def of_json(cls, value: dict[str, Any]) -> Self:
        """Any: JSON."""
        return cls(Kind(value["kind"]), value["sentence"], value["seq"], value["event"])


@dataclass(slots=True)
class Walk:
    """How far it came, and what was found; `as_json` of it is enough to go on from there."""

    after: int = 0
    hash: bytes | None = encoding.GENESIS
    found: int = 0
    findings: list[Finding] = field(default_factory=list)
    # The times of the Events before, in microseconds.
    witnesses: deque[int] = field(default_factory=lambda: deque(maxlen=_WITNESSES))

    def pages(self) -> Iterator[int]:
        """Look at a page of seals, and say how many those were, until the chain's end."""
        while page := reading.sealed(after=self.after, limit=PAGE):
            for one in page:
                self._look(one)
            yield len(page)

    def finish(self) -> None:
        """What only the whole shows: Events without a seal, and which changed ones were swapped."""
        for pk, at, verb in reading.never_sealed(_NEVER_SEALED):
            self.find(
                Kind.INSERTED,
                f"Event {pk} ({verb}, {encoding.told(at)}) is in no seal and does not wait for"
                " one: it was inserted, or its seal was removed.",
                event=pk,
            )
        told = [*_with_seals(self.findings)]
        self.found -= len(self.findings) - len(told)
        self.findings = sorted(_with_swaps(told), key=_order)

    def find(
        self, kind: Kind, sentence: str, *, seq: int | None = None, event: int | None = None
    ) -> None:
        self.found += 1
        if len(self.findings) < KEPT:
            # SQLite keeps text for an id, too, if somebody puts it there.
            known = event if isinstance(event, int) else None
            self.findings.append(Finding(kind, printable.escaped(sentence), seq, known))

    def state(self) -> dict[str, object]:
        """As JSON."""
        return {
            "hash": self.hash.hex() if self.hash else None,
            "witnesses": [*self.witnesses],
        }

    @classmethod
    def of_state(
        cls, *, after: int, state: dict[str, Any], findings: list[dict[str, Any]], found: int
    ) -> Self:
        """Any: JSON."""
        walk = cls(after=after, found=found, findings=[Finding.of_json(one) for one in findings])
        if state:
            walk.hash = bytes.fromhex(state["hash"]) if state["hash"] else None
            walk.witnesses.extend(state["witnesses"])
        return walk

    def _look(self, one: Sealed) -> None:
        if one.seq != self.after + 1:
            self._tell_gap(one)
        if not one.event:
            self.find(
                Kind.DELETED,
                f"Event {one.event_id}, number {one.seq} of the chain, was deleted.",
                seq=one.seq,
                event=one.event_id,
            )
        else:
            self._compare(one)
        self.after, self.hash = one.seq, one.hash

    def _tell_gap(self, one: Sealed) -> None:
        first, last = self.after + 1, one.seq - 1
        numbers = f"Number {first} is" if first == last else f"Numbers {first} to {last} are"
        self.find(
            Kind.REMOVED,
            f"{numbers} missing from the chain: the seals were removed, and their Events with them"
            " unless they are named below.",
            seq=first,
        )
        # What stood before it is gone, so its own link cannot be judged.
        self.hash = None

    def _compare(self, one: Sealed) -> None:
        if one.version != encoding.VERSION:
            self._tell_changed(one, f"its seal is of version {one.version}, which is not known")
        elif self.hash is not None and one.hash != _hash_of(one, one.event, self.hash):
            self._tell_changed(one, "it is not what was sealed, or its seal was changed")
        elif (at := _time(one)) is None:
            self._tell_changed(one, "its time is none that the portal can have written")
        elif self._is_late(at):
            self.find(
                Kind.INSERTED,
                f"Event {one.event_id}, number {one.seq} of the chain, says that it is of"
                f" {encoding.told(one.event[1])}, but was written after Events that are much"
                " younger: it was inserted, or a clock was wrong.",
                seq=one.seq,
                event=one.event_id,
            )

    def _tell_changed(self, one: Sealed, why: str) -> None:
        self.find(
            Kind.CHANGED,
            f"Event {one.event_id} ({one.event[2]}, {encoding.told(one.event[1])}), number"
            f" {one.seq} of the chain, was changed: {why}.",
            seq=one.seq,
            event=one.event_id,
        )

    def _is_late(self, at: int) -> bool:
        # Nearly always the first comparison tells: what is late is later than all witnesses.
        is_late = (
            len(self.witnesses) == _WITNESSES
            and at + _LATE < self.witnesses[-1]
            and at + _LATE < min(self.witnesses)
        )
        if not is_late:
            self.witnesses.append(at)
        return is_late


def _order(one: Finding) -> tuple[bool, int]:
    """As in the chain; what a head tells only roughly comes behind what was found exactly."""
    return one.kind is Kind.REWRITTEN, one.seq or _LAST


def _hash_of(one: Sealed, event: tuple[Any, ...], previous: bytes) -> bytes | None:
    """None if there is something in it that was never sealed. Any: the columns of an Event."""
    try:
        return encoding.link(previous, one.seq, one.sealed_at, encoding.encoded(event))
    except (TypeError, ValueError, OverflowError, RecursionError):
        return None


def _time(one: Sealed) -> int | None:
    """None if it is none: behind a gap there is no hash that would have told."""
    try:
        return encoding.microseconds(one.event[1])
    except (TypeError, ValueError, OverflowError):
        return None


def _with_seals(findings: list[Finding]) -> Iterator[Finding]:
    """A seal of which only the hash was changed is told once; the next, which covers it, is not."""
    places = _places(findings)
    seals = {seq for seq in places if seq + 1 in places and _is_seal_alone(places, seq)}
    for one in findings:
        if one.kind is Kind.CHANGED and one.seq in seals:
            yield replace(
                one,
                sentence=f"The seal of Event {one.event}, number {one.seq} of the chain, was"
                " changed: it fits neither its Event nor the seal behind it, and those two fit.",
            )
        elif one.kind is not Kind.CHANGED or (one.seq or 0) - 1 not in seals:
            yield one


def _is_seal_alone(places: dict[int, "Place"], seq: int) -> bool:
    here, there = places[seq], places[seq + 1]
    if here is None or there is None or not (here[1].event and there[1].event):
        return False
    digest = _hash_of(here[1], here[1].event, here[0])
    return digest is not None and there[1].hash == _hash_of(there[1], there[1].event, digest)


def _with_swaps(findings: list[Finding]) -> Iterator[Finding]:
    """Two that were changed into each other were swapped."""
    places = _places(findings)
    for one in findings:
        other = _other(one, places) if one.seq in places else None
        yield (
            one
            if other is None
            else Finding(
                Kind.SWAPPED,
                f"Event {one.event}, number {one.seq} of the chain, was swapped with what is now"
                f" Event {printable.escaped(str(other.event_id))}, number {other.seq}.",
                one.seq,
                one.event,
            )
        )


Place = tuple[bytes, Sealed] | None


def _places(findings: list[Finding]) -> dict[int, Place]:
    return {one.seq: _place(one.seq) for one in findings if one.kind is Kind.CHANGED and one.seq}


def _place(seq: int) -> Place:
    """The hash before number `seq`, and what is there."""
    found = reading.sealed(after=max(seq - 2, 0), limit=2)
    if seq == 1:
        return (encoding.GENESIS, found[0])
    return (found[0].hash, found[1]) if [one.seq for one in found] == [seq - 1, seq] else None


def _other(one: Finding, places: dict[int, Place]) -> Sealed | None:
    """What at another changed place would fit at this one."""
    here = places[one.seq or 0]
    if here is None:
        return None
    previous, seal = here
    for place in places.values():
        if place is None or place[1].seq == one.seq or not place[1].event:
            continue
        there = place[1].event
        # The seals may have been pointed at each other's Events, or the Events' columns exchanged.
        for event in (there, (seal.event[0], *there[1:])):
            if _hash_of(seal, event, previous) in (seal.hash, place[1].hash):
                return place[1]
    return None
