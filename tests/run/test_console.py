"""What the person at the terminal is told."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from pushportal.up import console, supervision
from pushportal.up.console import Console
from pushportal.up.supervision import State


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Told":
    (tmp_path / "log").mkdir()
    monkeypatch.setenv("PUBLIC_URL", "http://127.0.0.1:8000")
    return Told(tmp_path, monkeypatch)


class Told:
    """A console whose supervisord and pages are as the test says."""

    def __init__(self, var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.log = var / "log" / "web.log"
        self.states: list[State] | None = [State("web", "STARTING", 7)]
        self.pages = 0
        self.log.touch()
        monkeypatch.setattr(supervision, "states", lambda _socket: self.states)
        monkeypatch.setattr(console, "status", lambda _port, _path: self.pages)
        self.console = Console(var, var / "socket", port=8000)

    def at(self, state: str, *, pid: int = 7, says: str = "") -> Sequence[str]:
        with self.log.open("a") as file:
            file.write(says)
        self.states = [State("web", state, pid)]
        return list(self.console.news())


def test_a_process_that_does_not_start_is_told_once_with_why(told: Told) -> None:
    told.at("STARTING")

    first = told.at("BACKOFF", pid=0, says="Traceback \n  x\nx.ImproperlyConfigured: Set KEY.\n")
    again = [*told.at("STARTING", pid=8), *told.at("BACKOFF", pid=0, says="ValueError: b\n")]
    last = told.at("FATAL", pid=0)

    assert first == [
        f"web does not start; it is tried again: x.ImproperlyConfigured: Set KEY. ({told.log})"
    ]
    assert again == []
    assert last == [f"web could not be started and is given up: ValueError: b. ({told.log})"]
    assert told.at("FATAL", pid=0) == []


def test_a_process_that_ended_and_is_back_is_told(told: Told) -> None:
    told.at("RUNNING", pid=7)

    back = [*told.at("STARTING", pid=9), *told.at("RUNNING", pid=9)]

    assert back == ["web had ended, and was started again as process 9."]


def test_a_warning_of_a_running_process_is_shown_with_its_name(told: Told) -> None:
    told.at("STARTING")

    shown = told.at("RUNNING", says="[INFO] quiet\n[WARNING] loud\n")

    assert shown == ["web     | [WARNING] loud"]


def test_the_address_waits_for_every_page_and_is_told_once(told: Told) -> None:
    before = told.at("RUNNING")
    told.pages = 200

    greeting = told.at("RUNNING")

    assert before == []
    assert "http://127.0.0.1:8000" in greeting[0]
    assert told.at("RUNNING") == []


def test_a_page_that_fails_is_no_first_page(told: Told) -> None:
    told.pages = 500

    assert told.at("RUNNING") == []


def test_a_start_that_takes_too_long_is_told_once(told: Told) -> None:
    told.console.slow_at = 0

    told_late = told.at("STARTING")

    assert told_late == [f"No page answers yet; {told.log.parent} may say why."]
    assert told.at("STARTING") == []


def test_the_end_is_told_once(told: Told) -> None:
    told.at("RUNNING")
    told.states = None

    assert list(told.console.news()) == ["Stopping …"]
    assert list(told.console.news()) == []
