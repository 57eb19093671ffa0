"""A running portal, as a person starts it: for tests that drive the whole."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pushportal.up import broker, greeting, supervision

ROOT = Path(__file__).resolve().parents[2]
UP = (sys.executable, str(ROOT / "manage.py"), "up")
START_SECONDS = 90
# Ctrl-C ends a run within ten; the rest is for a machine with other things to do.
STOP_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Instance:
    """A run: `process` is what was started, and `var` what it keeps."""

    process: subprocess.Popen[bytes]
    var: Path
    port: int
    printed: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def apple_url(self) -> str:
        return f"http://127.0.0.1:{self.port + 1}"

    @property
    def accounts(self) -> list[dict[str, str]]:
        return greeting.accounts(self.var)

    @property
    def output(self) -> str:
        return self.printed.read_text()

    def pids(self) -> dict[str, int]:
        """The processes that run now, by name."""
        states = supervision.states(broker.sockets(self.var) / "supervisord.sock") or []
        return {state.name: state.pid for state in states if state.pid}

    def family(self) -> set[int]:
        """Every process of the run, children of children included."""
        return {self.process.pid, *descendants(self.process.pid)}

    def stop(self) -> int:
        """End the run as Ctrl-C does; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


def start(
    var: Path,
    *,
    port: int | None = None,
    environ: Mapping[str, str] | None = None,
    command: Sequence[str] = UP,
) -> Instance:
    """Start a run in `var` and wait for its first page; AssertionError with what it printed."""
    port = port or free_ports()
    var.mkdir(mode=0o700, parents=True, exist_ok=True)
    printed = var.parent / f"{var.name}.printed"
    words = [f"PORT={port}"] if command[0] == "make" else ["--port", str(port)]
    with printed.open("wb") as output:
        process = subprocess.Popen(
            [*command, *words],
            cwd=ROOT,
            env=callers_environ(var) | dict(environ or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # A terminal's Ctrl-C reaches a process group, and so must a test's.
            process_group=0,
        )
    instance = Instance(process=process, var=var, port=port, printed=printed)
    try:
        wait_until(
            lambda: "Stop   Ctrl-C" in instance.output or process.poll() is not None,
            what=lambda: f"a first page. {instance.output}",
        )
        assert process.poll() is None, instance.output
    except BaseException:
        instance.stop()
        raise
    return instance


def callers_environ(var: Path) -> dict[str, str]:
    """What a person's shell has, and nothing of the suite's own settings."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"VAR_DIR": str(var)}


def free_ports() -> int:
    """A port that is free, and whose next one is free too."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port


def wait_until(
    is_so: Callable[[], bool],
    *,
    seconds: float = START_SECONDS,
    what: Callable[[], str] = lambda: "this",
) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"It did not come about in time: {what()}"
        time.sleep(0.1)


def descendants(pid: int) -> set[int]:
    """Children of a process, and theirs, by /proc."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name, in brackets, may hold anything; state and parent follow it.
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            parents[int(stat.parent.name)] = int(parent)
    found, new = set[int](), {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new} - found
        found |= new
    return found


def alive(pids: set[int]) -> set[int]:
    """Those of the processes that still run; one that merely waits to be reaped has ended."""
    running = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            running.add(pid)
    return running


def environ_of(pid: int) -> dict[str, str]:
    """The environment that a process was started with."""
    words = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return dict(word.split("=", 1) for word in words if "=" in word)
