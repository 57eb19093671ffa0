"""From where a person acts: set round each request, and written into every Event on the way."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

_LONGEST_ADDRESS, _LONGEST_AGENT = 45, 200


@dataclass(frozen=True, slots=True)
class Origin:
    """A network address, and what the browser calls itself; None where nobody knows."""

    address: str | None = None
    user_agent: str | None = None

    @classmethod
    def of(cls, *, address: str, user_agent: str) -> "Origin":
        """Both come from outside: cut short, and without what no terminal should see."""
        return cls(_tame(address, _LONGEST_ADDRESS), _tame(user_agent, _LONGEST_AGENT))


_NOWHERE = Origin()
_here: ContextVar[Origin] = ContextVar("origin", default=_NOWHERE)


def current() -> Origin:
    return _here.get()


@contextmanager
def coming_from(origin: Origin) -> Iterator[None]:
    """Events that are written meanwhile say that they came from there."""
    token = _here.set(origin)
    try:
        yield
    finally:
        _here.reset(token)


def _tame(text: str, length: int) -> str | None:
    shown = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
    return shown[:length] or None
