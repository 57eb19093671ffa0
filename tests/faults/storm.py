"""Signers that are killed again and again: at random moments, and at named points of their work."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.faults import form
from tests.faults.fate import Fate, Point, Victim
from tests.faults.supervised import Supervised

# A batch of the test takes about half of it, so a moment lies within a batch or between two.
_MOMENT_SECONDS = 0.4
_POLL_SECONDS = 0.02
# So long a signer may come to no work; then there is more of it, and at last it dies idle.
_THIRST_SECONDS = 2.0
_PATIENCE_SECONDS = 10.0
_RANDOM = "at a random moment"
_MOMENTS = form.choose(short=3, full=len(Point))


@dataclass(slots=True)
class Life:
    """A signer, and how it is to die next: at a point of its own, or by `moment`."""

    signer: Supervised
    victim: Victim = Victim.CHILD
    fate: Fate | None = None
    given_at: float = 0.0
    # Since when it could be at work.
    ready_at: float = 0.0
    thirsty_at: float = 0.0
    moment: float = 0.0

    def look(self, now: float) -> None:
        """Start the signer again if it has ended, and see whether it is ready."""
        if self.signer.tend():
            self.ready_at = 0.0
        if not self.ready_at and "ready." in self.signer.running.said:
            self.ready_at = now
            self.thirsty_at = now + _THIRST_SECONDS

    def is_late(self, now: float) -> bool:
        since = max(self.given_at, self.ready_at)
        return bool(self.ready_at) and now > since + _PATIENCE_SECONDS


class Storm:
    """`approve` has some more CSRs approved, so that no signer is without work."""

    def __init__(
        self, signers: Sequence[Supervised], *, approve: Callable[[int], None], seed: int
    ) -> None:
        self.kills: Counter[str] = Counter()
        self.victims: Counter[str] = Counter()
        self._lives = [Life(signer) for signer in signers]
        self._approve = approve
        self._random = random.Random(seed)  # noqa: S311 - chance that can be had again
        self._deck: list[Point | None] = []
        self._number = 0

    def rage(self, kills: int, *, csrs: int) -> None:
        """So many kills, spread over the approval of so many CSRs, and each point among them.

        Then all signers live on.
        """
        approved = 0
        for life in self._lives:
            self._give(life)
        while (done := self.kills.total()) < kills or not self.kills.keys() >= {*Point}:
            due = min(-(-csrs * (done + 1) // kills), csrs)
            if due > approved:
                self._approve(due - approved)
                approved = due
            for life in self._lives:
                self._tend(life)
            time.sleep(_POLL_SECONDS)
        for life in self._lives:
            life.signer.fates.take_back()

    def _tend(self, life: Life) -> None:
        now = time.time()
        life.look(now)
        if self._is_dead(life, now):
            self.kills[life.fate.point if life.fate else _RANDOM] += 1
            self.victims[life.victim] += 1
            self._give(life)
        elif life.ready_at and now > life.thirsty_at and not life.moment:
            self._approve(1)
            life.thirsty_at = now + _THIRST_SECONDS

    def _give(self, life: Life) -> None:
        """A new way to die."""
        # Every point once and some random moments, then again.
        self._deck = self._deck or self._shuffled([*Point, *[None] * _MOMENTS])
        point = self._deck.pop()
        life.victim = self._random.choice([*Victim])
        life.given_at, life.moment = time.time(), 0.0
        life.thirsty_at = life.given_at + _THIRST_SECONDS
        life.fate = None
        if point:
            self._number += 1
            life.fate = Fate(self._number, point, self._random.choice((1, 1, 2)), life.victim)
            life.signer.fates.send(life.fate)

    def _shuffled(self, ways: Sequence[Point | None]) -> list[Point | None]:
        return self._random.sample(ways, len(ways))

    def _is_dead(self, life: Life, now: float) -> bool:
        if life.fate:
            if life.signer.fates.is_met(life.fate):
                return True
            if life.is_late(now):
                # It never comes there, for others were quicker at all work. Another one may.
                life.signer.fates.take_back()
                self._deck.insert(0, life.fate.point)
                life.fate = None
            return False
        if not life.moment and (life.is_late(now) or life.signer.fates.last_work() > life.given_at):
            life.moment = now + self._random.uniform(0, _MOMENT_SECONDS)
        if not life.moment or now < life.moment:
            return False
        return self._kill(life)

    def _kill(self, life: Life) -> bool:
        running = life.signer.running
        children = running.children()
        if life.victim == Victim.CHILD and not children:
            # It is just starting: the parent is all there is.
            life.victim = Victim.PARENT
        if life.victim != Victim.CHILD:
            running.kill()
        if life.victim != Victim.PARENT:
            for child in children:
                running.kill(child)
        return True
