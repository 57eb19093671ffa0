"""A server process of the tests: started, waited for, stopped, and never left behind."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 60
STOP_SECONDS = 30
# sun_path holds 104 bytes on macOS and 108 on Linux, its final zero included.
_LONGEST_SOCKET = 100


@dataclass(frozen=True, slots=True)
class Unprivileged:
    """Another user, for a program that refuses to run as root.

    It reads and writes like root, so that it finds its files below anybody's folders.
    """

    uid: int = 65534

    def words(self) -> tuple[str, ...]:
        ids = (f"--reuid={self.uid}", f"--regid={self.uid}", "--clear-groups")
        return (*ids, "--inh-caps=+dac_override", "--ambient-caps=+dac_override")


class Process:
    """A running server; `log` is what it says."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        stop_signal: signal.Signals = signal.SIGTERM,
        user: Unprivileged | None = None,
        environ: Mapping[str, str] | None = None,
        whole_environ: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        """`environ` comes to that of the suite, and `whole_environ` in its place."""
        self.log = log
        self._stop_signal = stop_signal
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*as_user(user, dies_by=stop_signal), *command],
                env=whole_environ or {**os.environ, **(environ or {})},
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # A Ctrl-C at the terminal is for pytest, which then stops the servers.
                process_group=0,
            )
        atexit.register(self.stop)

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_until(self, is_ready: Callable[[], bool]) -> None:
        """Return once it answers; AssertionError with what it said when it ends instead."""
        deadline = time.monotonic() + START_SECONDS
        while not is_ready():
            said = self.log.read_text(errors="replace")[-2000:]
            assert self._process.poll() is None, f"{self.log.name}: the server ended. {said}"
            assert time.monotonic() < deadline, f"{self.log.name}: no answer in time. {said}"
            time.sleep(0.05)

    def ask_to_stop(self, by: signal.Signals | None = None) -> None:
        """Send it its own signal or this one, and do not wait."""
        if self._process.poll() is None:
            self._process.send_signal(by or self._stop_signal)

    def stop(self, by: signal.Signals | None = None) -> None:
        """End it, by its own signal or this one, and wait until it has ended."""
        atexit.unregister(self.stop)
        self.ask_to_stop(by)
        try:
            self._process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def as_user(
    user: Unprivileged | None, *, dies_by: signal.Signals = signal.SIGTERM
) -> tuple[str, ...]:
    """The words before a command: the user it runs as, and the signal when its parent ends."""
    if not shutil.which("setpriv"):
        # Not Linux: a server is stopped at the end, but outlives a test run that is killed.
        return ()
    words = user.words() if user else ()
    return ("setpriv", "--pdeathsig", dies_by.name.removeprefix("SIG"), *words, "--")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def socket_folder(folder: Path, *, longest_name: str) -> Path:
    """The folder itself, or a short private one where a socket's path would be too long."""
    if len(bytes(folder / longest_name)) <= _LONGEST_SOCKET:
        return folder
    return Path(tempfile.mkdtemp(prefix="pushportal-", dir="/tmp"))
