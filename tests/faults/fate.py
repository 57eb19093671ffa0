"""How a signer is to die next: written by the test, carried out by the signer on itself."""

import json
import os
import signal
from collections import Counter
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path


class Point(StrEnum):
    """Where in its work a signer dies."""

    CLAIM = "after the claim"
    SIGNING = "after signing"
    MID_RECORD = "between result and Event"
    BEFORE_COMMIT = "before the commit"
    AFTER_COMMIT = "after the commit, before the nudge"
    BEFORE_ACK = "after the commit, before the ack"


class Victim(StrEnum):
    """Who dies: the pool's process, which signs; its parent, which it then outlives; or both."""

    CHILD = "child"
    PARENT = "parent"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Fate:
    """Death of `victim` when a process comes to `point` for the `passing`th time."""

    number: int
    point: Point
    passing: int
    victim: Victim


class Fates:
    """The fates of one signer, as files in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def send(self, fate: Fate) -> None:
        # By renaming: a signer never reads half a fate.
        written = self._folder / "being-written"
        written.write_text(json.dumps(asdict(fate)))
        written.rename(self._folder / "next")

    def take_back(self) -> None:
        (self._folder / "next").unlink(missing_ok=True)

    def next(self) -> Fate | None:
        try:
            read = json.loads((self._folder / "next").read_text())
        except FileNotFoundError:
            return None
        return Fate(read["number"], Point(read["point"]), read["passing"], Victim(read["victim"]))

    def take(self, fate: Fate) -> bool:
        """Claim it: of two processes at the same point one dies."""
        try:
            (self._folder / "next").rename(self._folder / f"met-{fate.number}")
        except FileNotFoundError:
            return False
        return True

    def is_met(self, fate: Fate) -> bool:
        return (self._folder / f"met-{fate.number}").exists()

    def note_work(self) -> None:
        (self._folder / "at-work").write_text(str(os.getpid()))

    def last_work(self) -> float:
        """When a claim was last taken, as a time of files."""
        try:
            return (self._folder / "at-work").stat().st_mtime
        except FileNotFoundError:
            return 0.0


class Mortal:
    """The signer's side. Made before the pool forks, so that it knows the parent."""

    def __init__(self, fates: Fates) -> None:
        self._fates = fates
        self._parent = os.getpid()
        self._passed: Counter[int] = Counter()

    def work(self) -> None:
        self._fates.note_work()

    def pass_by(self, point: Point) -> None:
        """Die here if that is the fate."""
        if os.getppid() != self._parent:
            # Its parent is dead already: it finishes what it is at, and has no fate any more.
            return
        fate = self._fates.next()
        if fate is None or fate.point != point:
            return
        self._passed[fate.number] += 1
        if self._passed[fate.number] >= fate.passing and self._fates.take(fate):
            self._die(fate.victim)

    def _die(self, victim: Victim) -> None:
        if victim != Victim.CHILD:
            os.kill(self._parent, signal.SIGKILL)
        if victim != Victim.PARENT:
            os.kill(os.getpid(), signal.SIGKILL)
