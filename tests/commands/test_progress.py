"""How far a long command is: counted, with its rate and the time that is left."""

import io

import pytest
from django.core.management.base import OutputWrapper

from onboarding.management import progress
from onboarding.management.progress import Progress, duration


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "monotonic", clock)
    return clock


def shown(output: io.StringIO, clock: Clock, *, steps: int, seconds: float) -> str:
    counted = Progress(OutputWrapper(output))
    counted.begin("Signed requests", total=1000)
    for _ in range(steps):
        clock.now += seconds
        counted.step(100)
    counted.line("Signed requests: done.")
    return output.getvalue()


def test_a_log_gets_a_line_now_and_then(clock: Clock) -> None:
    assert shown(io.StringIO(), clock, steps=4, seconds=5) == (
        "Signed requests: 200 of 1,000, 20 a second, 40 s left\n"
        "Signed requests: 400 of 1,000, 20 a second, 30 s left\n"
        "Signed requests: done.\n"
    )


def test_a_terminal_has_one_line_that_changes(clock: Clock) -> None:
    assert shown(Terminal(), clock, steps=2, seconds=1) == (
        "\r\x1b[KSigned requests: 100 of 1,000, 100 a second, 9 s left"
        "\r\x1b[KSigned requests: 200 of 1,000, 100 a second, 8 s left"
        "\r\x1b[KSigned requests: done.\n"
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "0 s"), (59.6, "1 min 0 s"), (103, "1 min 43 s"), (7322, "2 h 2 min")],
)
def test_a_duration_is_told_in_words(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_what_comes_by_is_counted_as_it_is_done_with(clock: Clock) -> None:
    output = io.StringIO()
    progress = Progress(OutputWrapper(output))
    progress.begin("Signed", total=3)
    passed = []

    for item in progress.over(range(3)):
        clock.now += 6
        passed.append(item)

    assert passed == [0, 1, 2]
    assert output.getvalue() == "Signed: 2 of 3, 0 a second, 6 s left\n"
