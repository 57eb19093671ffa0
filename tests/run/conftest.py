"""One portal that ran before, was ended in each way, and runs again."""

import contextlib
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.run import instance
from tests.run.instance import Instance

# What must be there again after an end, however it came.
KEPT = ("secrets/secret_key", "secrets/custody_private_key", "sandbox/vendor.pem")
# Something of the caller's own must reach none of the processes, and where tokens are only one.
CALLERS = {"UNRELATED_TOKEN": "of the caller", "SOFTHSM2_CONF": "/nowhere/softhsm2.conf"}
_MARK = "CREATE TABLE kept_mark (said TEXT); INSERT INTO kept_mark VALUES ('still here');"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: its exit status, what it printed, and which of its processes stayed."""

    status: int
    output: str
    left: set[int]


@dataclass(frozen=True, slots=True)
class History:
    """Three runs that ended, on one folder, and the fourth that goes on."""

    starter_killed: Ended
    supervisor_killed: Ended
    interrupted: Ended
    kept: dict[str, bytes]
    running: Instance


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    var = tmp_path_factory.mktemp("run") / "var"
    run = instance.start(var, command=("make", "run"))
    kept = {name: (var / name).read_bytes() for name in KEPT}
    _mark(var)
    starter_killed = _ended(run, _kill)
    supervisor_killed = _ended(instance.start(var), _kill)
    interrupted = _ended(instance.start(var), _interrupt)
    running = instance.start(var, environ=CALLERS)
    try:
        yield History(starter_killed, supervisor_killed, interrupted, kept, running)
    finally:
        running.stop()


@pytest.fixture(scope="session")
def running(history: History) -> Instance:
    return history.running


def _ended(run: Instance, end: Callable[[Instance], None]) -> Ended:
    family = run.family()
    end(run)
    status = run.process.wait(timeout=instance.STOP_SECONDS)
    # A process that is told to stop by the kernel may finish what it is at.
    with contextlib.suppress(AssertionError):
        instance.wait_until(lambda: not instance.alive(family), seconds=instance.STOP_SECONDS)
    left = instance.alive(family)
    for pid in left:
        # Told by a test below; the runs after this one must find the ports and the lock free.
        os.kill(pid, signal.SIGKILL)
    return Ended(status=status, output=run.output, left=left)


def _kill(run: Instance) -> None:
    run.process.kill()


def _interrupt(run: Instance) -> None:
    os.killpg(run.process.pid, signal.SIGINT)


def _mark(var: Path) -> None:
    with contextlib.closing(sqlite3.connect(var / "db.sqlite3")) as database:
        database.executescript(_MARK)
