"""The whole of `make run`, with real processes."""

import os
import signal
import sqlite3
import stat
import subprocess
from pathlib import Path

import pytest

from pushportal.up import console
from pushportal.up.processes import PROCESSES
from tests.run import instance
from tests.run.conftest import KEPT, History
from tests.run.instance import Instance

# One run serves all of them, so one process of the suite must have them all.
pytestmark = pytest.mark.timeout(240)


def test_the_portal_and_the_stand_in_for_apple_answer(running: Instance) -> None:
    for port in (running.port, running.port + 1):
        assert 200 <= console.status(port, "/") < 400


def test_the_console_names_the_addresses_and_the_accounts(running: Instance) -> None:
    printed = running.output

    assert f"Push certificate portal   {running.url}" in printed
    assert f"Stand-in for Apple        {running.apple_url}/" in printed
    assert "Staff sign in here without a second factor" in printed
    for account in running.accounts:
        assert account["email"] in printed
        assert account["password"] in printed


def test_every_process_runs(running: Instance) -> None:
    assert set(running.pids()) == set(PROCESSES)


@pytest.mark.parametrize(
    ("secret", "holders"),
    [
        ("SIGNING_IDENTITY", {"signer"}),
        ("CUSTODY_PRIVATE_KEY", {"worker"}),
        ("SECRET_KEY_FILE", {"web", "worker"}),
        ("SANDBOX_SECRET_KEY", {"sandbox"}),
        ("SOFTHSM2_CONF", {"signer"}),
        ("UNRELATED_TOKEN", set()),
    ],
)
def test_a_secret_is_in_the_environment_of_its_process_only(
    running: Instance, secret: str, holders: set[str]
) -> None:
    found = {
        name
        for name, pid in running.pids().items()
        for member in {pid, *instance.descendants(pid)}
        if any(setting.startswith(secret) for setting in instance.environ_of(member))
    }

    assert found == holders


def test_a_process_knows_no_more_than_its_list_allows(running: Instance) -> None:
    system = {"PATH", "HOME", "LANG", "TMPDIR", "PYTHONUNBUFFERED", "DJANGO_SETTINGS_MODULE"}
    for name, pid in running.pids().items():
        known = {setting.removesuffix("_FILE") for setting in instance.environ_of(pid)}

        assert known - system <= {*PROCESSES[name].settings, *PROCESSES[name].fixed}


def test_a_killed_process_comes_back_and_leaves_no_child(running: Instance) -> None:
    before = running.pids()
    families = {pid for first in before.values() for pid in instance.descendants(first)}
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)

    instance.wait_until(
        lambda: (
            set(after := running.pids()) == set(before)
            and not set(after.values()) & set(before.values())
        )
    )

    instance.wait_until(lambda: not instance.alive(families), seconds=10)
    instance.wait_until(lambda: console.status(running.port, "/healthz") == 200)


def test_the_brokers_socket_is_its_owners_only(running: Instance) -> None:
    socket = running.var / "run" / "broker.sock"

    assert socket.is_socket()
    assert _mode(socket) == 0o600


def test_what_a_run_writes_is_its_owners_only(running: Instance) -> None:
    # The static files are for everyone, and lie in a folder that is not.
    written = [path for path in running.var.rglob("*") if "static" not in path.parts]

    readable = [path for path in written if _mode(path) & 0o077]

    assert _mode(running.var) == 0o700
    assert readable == []


def test_a_second_start_on_the_same_folder_is_refused_with_the_address(running: Instance) -> None:
    refused = _up(running, port=instance.free_ports())

    assert refused == (
        f"This portal is already running on {running.url} (process {running.process.pid}). "
        "Stop it first, with Ctrl-C there.\n"
    )


def test_killing_what_started_it_leaves_no_process(history: History) -> None:
    assert history.starter_killed.left == set()


def test_killing_the_supervisor_leaves_no_process(history: History) -> None:
    assert history.supervisor_killed.left == set()


def test_ctrl_c_ends_it_quietly(history: History) -> None:
    assert history.interrupted.left == set()
    assert history.interrupted.status == 0
    assert history.interrupted.output.endswith("Stopping …\n")
    assert "Traceback" not in history.interrupted.output


def test_a_further_run_keeps_all_data(history: History) -> None:
    var = history.running.var
    row = sqlite3.connect(var / "db.sqlite3").execute("SELECT said FROM kept_mark").fetchone()

    assert row == ("still here",)
    assert {name: (var / name).read_bytes() for name in KEPT} == history.kept


def _up(running: Instance, *, port: int) -> str:
    done = subprocess.run(
        [*instance.UP, "--port", str(port)],
        env=instance.callers_environ(running.var),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    return done.stderr


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        # SQLite's and Valkey's passing files.
        return 0
