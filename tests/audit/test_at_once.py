"""Eight processes write Events, two seal them, and sealers are killed on the way: PostgreSQL."""

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
WRITERS, EACH, SEALERS, KILLS = 8, 60, 2, 3
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
            process = subprocess.Popen(
                [sys.executable, *words], cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True
            )
            started.callback(process.wait)
            started.callback(process.kill)
            return process

        yield start


def done(process: "subprocess.Popen[str]") -> str:
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return said


def kill_in_turn(database: str, start: Start, sealers: "list[subprocess.Popen[str]]") -> int:
    """Kill a sealer whenever more was sealed, and start another; how often that was done."""
    killed, before = 0, 0
    with psycopg.connect(database, autocommit=True) as connection:
        deadline = time.monotonic() + 60
        while killed < KILLS and time.monotonic() < deadline:
            found = connection.execute("SELECT count(*) FROM onboarding_eventseal").fetchone()
            sealed = found[0] if found else 0
            if sealed > before:
                victim = sealers.pop(0)
                victim.kill()
                victim.wait()
                sealers.append(start("-m", "tests.audit.at_once", "seal"))
                killed, before = killed + 1, sealed
            time.sleep(0.01)
    return killed


def test_each_event_is_sealed_once_whoever_writes_seals_and_dies(
    database: str, start: Start
) -> None:
    done(start("manage.py", "migrate", "--verbosity", "0"))
    done(start("-m", "tests.audit.at_once", "prepare", str(WRITERS)))
    sealers = [start("-m", "tests.audit.at_once", "seal") for _ in range(SEALERS)]
    writers = [
        start("-m", "tests.audit.at_once", "write", str(number), str(EACH))
        for number in range(WRITERS)
    ]

    killed = kill_in_turn(database, start, sealers)
    for writer in writers:
        done(writer)
    for sealer in sealers:
        sealer.kill()
        sealer.wait()
    found = json.loads(done(start("-m", "tests.audit.at_once", "judge")))

    assert killed == KILLS
    assert len(found["events"]) == WRITERS * EACH
    assert found["sealed"] == found["events"]
    assert found["numbers"] == [*range(1, WRITERS * EACH + 1)]
    assert found["waiting"] == 0
    assert found["findings"] == []
