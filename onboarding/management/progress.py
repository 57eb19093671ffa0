"""How far a long command is: one line that changes on a terminal, now and then a line elsewhere."""

from collections.abc import Iterable, Iterator
from time import monotonic
from typing import Protocol, TypeVar

# A terminal is rewritten this often; a log gets a line this often.
_TERMINAL_SECONDS, _LOG_SECONDS = 0.2, 10.0
_CLEAR_LINE = "\r\x1b[K"

Item = TypeVar("Item")


class Output(Protocol):
    def write(self, msg: str = "", *, ending: str | None = None) -> None: ...
    def isatty(self) -> bool: ...


class Progress:
    """Counts the steps of one thing after the other, and says how fast and how long still."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._is_terminal = output.isatty()
        self._seconds = _TERMINAL_SECONDS if self._is_terminal else _LOG_SECONDS
        self.begin("", total=None)

    def begin(self, what: str, *, total: int | None) -> None:
        self._what, self._total, self._count = what, total, 0
        self._begun = self._shown = monotonic()

    def step(self, count: int) -> None:
        self._count += count
        now = monotonic()
        if now - self._shown >= self._seconds:
            self._shown = now
            self._show(now)

    def over(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items as they come, each of them a step once it is done with."""
        for item in items:
            yield item
            self.step(1)

    def line(self, text: str) -> None:
        """A line that stays."""
        self._output.write(f"{_CLEAR_LINE if self._is_terminal else ''}{text}")

    def clear(self) -> None:
        """Make room on a terminal for what others write."""
        if self._is_terminal:
            self._output.write(_CLEAR_LINE, ending="")

    def _show(self, now: float) -> None:
        text = self._text(max(now - self._begun, 0.001))
        if self._is_terminal:
            self._output.write(f"{_CLEAR_LINE}{text}", ending="")
        else:
            self._output.write(text)

    def _text(self, seconds: float) -> str:
        rate = self._count / seconds
        counted = (
            f"{self._count:,}" if self._total is None else f"{self._count:,} of {self._total:,}"
        )
        text = f"{self._what}: {counted}, {rate:,.0f} a second"
        if self._total is None or not rate:
            return text
        return f"{text}, {duration((self._total - self._count) / rate)} left"


def duration(seconds: float) -> str:
    minutes, rest = divmod(max(round(seconds), 0), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
