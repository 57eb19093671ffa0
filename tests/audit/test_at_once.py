"""Eight write Events while others seal them, and sealers are killed on the way: PostgreSQL."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from tests.servers.postgresql import PostgreSQL

pytestmark = pytest.mark.needs("postgresql")

ROOT = Path(__file__).parents[2]
# Two sealers are left.
WRITERS, EACH, SEALERS, KILLS = 8, 80, 5, 3
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    postgresql = PostgreSQL.start(tmp_path / "postgresql", fsync="off", synchronous_commit="off")
    yield postgresql.create("trail")
    postgresql.stop()


@pytest.fixture
def start(database: str, tmp_path: Path) -> Iterator[Start]:
    """Start a process; whichever still run at the end are killed."""
    environ = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "pushportal.settings.web",
        "SECRET_KEY": "of this test",
        "VAR_DIR": str(tmp_path / "var"),
        "DATABASE_URL": database,
    }
    with ExitStack() as started:

        def start(*words: str) -> "subprocess.Popen[str]":
            process = started.enter_context(
                subprocess.Popen(
                    [sys.executable, *words],
                    cwd=ROOT,
                    env=environ,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            started.callback(process.kill)
            return process

        yield start


def done(process: "subprocess.Popen[str]") -> str:
    said, _ = process.communicate()
    assert process.returncode == 0
    return said


def kill_in_turn(database: str, sealers: "list[subprocess.Popen[str]]") -> None:
    """Kill one whenever more was sealed, at whatever it is just then."""
    before = 0
    with psycopg.connect(database, autocommit=True) as connection:
        while len(sealers) > SEALERS - KILLS:
            found = connection.execute("SELECT count(*) FROM onboarding_eventseal").fetchone()
            if found and found[0] > before:
                before = found[0]
                killed(sealers.pop(0))
            time.sleep(0.01)


def killed(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.wait()


@pytest.mark.timeout(300)
def test_each_event_is_sealed_once_whoever_writes_seals_and_dies(
    database: str, start: Start
) -> None:
    deed = ("-m", "tests.audit.at_once")
    done(start("manage.py", "migrate", "--verbosity", "0"))
    sealers = [start(*deed, "seal") for _ in range(SEALERS)]
    writers = start(*deed, "write", str(WRITERS), str(EACH))

    kill_in_turn(database, sealers)
    done(writers)
    for sealer in sealers:
        killed(sealer)
    found = json.loads(done(start(*deed, "judge")))

    assert len(found["events"]) == WRITERS * EACH
    assert found["sealed"] == found["events"]
    assert found["numbers"] == [*range(1, WRITERS * EACH + 1)]
    assert found["waiting"] == 0
    assert found["findings"] == []
