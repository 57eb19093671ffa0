"""What a comparison is made with: trust, the time, and the custody keys where they are held."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from onboarding import errors, trust
from onboarding.custody import ring
from onboarding.custody.ring import Ring
from onboarding.pki.trust import Trust

# So long a file may be there without its row, and outlive the hour of its export: writing comes
# before the commit, and deleting after it.
GRACE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Bench:
    """`ring` is None where no sealed key can be opened; `without_ring` says why, in a sentence."""

    trust: Trust
    now: datetime
    ring: Ring | None
    without_ring: str = ""

    @classmethod
    def current(cls, *, now: datetime) -> Self:
        try:
            return cls(trust.current(), now, Ring.current())
        except errors.InvalidSeal as error:
            unset = " and ".join(ring.unset())
            are = "are" if " and " in unset else "is"
            why = f"{unset} {are} not set here." if unset else error.sentence
            return cls(trust.current(), now, None, why)

    def holds_since(self, check: Callable[[datetime], object], then: datetime) -> datetime | None:
        """None if the check passes now, or the time as of which it does: `then`.

        Certificates end, and what was right when it was made stays right. Raises as `check` does.
        """
        try:
            check(self.now)
        except errors.PortalError:
            check(then)
            return then
        return None
