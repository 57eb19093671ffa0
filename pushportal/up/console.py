"""`python -m pushportal.up.console …`: tells the person at the terminal how the run does.

A process of its own beside supervisord, on its output: the address once the first page answers,
what does not start and why, and the warnings and errors of every log.
"""

import os
import signal
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from pushportal.up import greeting, supervision, tied
from pushportal.up.logs import Tail, last_words
from pushportal.up.ports import HOST
from pushportal.up.processes import PROCESSES
from pushportal.up.supervision import State

_TICK_SECONDS = 0.3
_AFTER_FAILURE_SECONDS = 3.0
_SLOW_SECONDS = 60.0


class Console:
    """What has been said, and what is to be said next."""

    def __init__(self, var: Path, socket: Path, *, port: int) -> None:
        self.var, self.socket, self.port = var, socket, port
        # The broker has marks of its own for what is grave, and nothing that a person needs.
        self.tails = {name: Tail(self._log(name)) for name in PROCESSES if name != "broker"}
        self.seen: dict[str, State] = {}
        self.pids: dict[str, int] = {}
        self.failing: set[str] = set()
        self.is_greeted = self.is_stopping = False
        self.next_try = 0.0
        self.slow_at = time.monotonic() + _SLOW_SECONDS

    def news(self) -> Iterator[str]:
        """Lines to print now."""
        states = supervision.states(self.socket)
        if states is None and self.seen and not self.is_stopping:
            self.is_stopping = True
            yield "Stopping …"
        for state in states or []:
            yield from self._changes(self.seen.get(state.name), state)
            self.seen[state.name] = state
        if not self.is_greeted and not self.is_stopping:
            yield from self._greeting()

    def _changes(self, before: State | None, now: State) -> Iterator[str]:
        log = self._log(now.name)
        if now.state == "FATAL" and now != before:
            yield f"{now.name} could not be started and is given up: {last_words(log)} ({log})"
        elif now.state == "BACKOFF" and now.name not in self.failing:
            self.failing.add(now.name)
            yield f"{now.name} does not start; it is tried again: {last_words(log)} ({log})"
        elif now.state == "RUNNING":
            self.failing.discard(now.name)
            if self.pids.setdefault(now.name, now.pid) != now.pid:
                self.pids[now.name] = now.pid
                yield f"{now.name} had ended, and was started again as process {now.pid}."
        yield from self._logged(now)

    def _logged(self, now: State) -> Iterator[str]:
        tail = self.tails.get(now.name)
        if tail and now.state == "RUNNING":
            yield from (f"{now.name:8}| {line}" for line in tail.news())
        elif tail and now.state in {"BACKOFF", "FATAL"}:
            # Told above, once; each further attempt would repeat it.
            tail.lines()

    def _greeting(self) -> Iterator[str]:
        now = time.monotonic()
        if now < self.next_try:
            return
        pages = ((self.port, "/healthz"), (self.port, "/"), (self.port + 1, "/"))
        worst = next((got for page in pages if not 200 <= (got := status(*page)) < 500), 200)
        if worst == 200:
            self.is_greeted = True
            apple = f"http://{HOST}:{self.port + 1}/"
            yield greeting.text(
                portal=os.environ["PUBLIC_URL"],
                apple=apple,
                var=self.var,
                staff_mfa=os.environ.get("STAFF_MFA", "on"),
            )
        elif worst:
            # Each failing page is an error in the log.
            self.next_try = now + _AFTER_FAILURE_SECONDS
        if now > self.slow_at and not self.is_greeted:
            self.slow_at = float("inf")
            yield f"No page answers yet; {self.var / 'log'} may say why."

    def _log(self, name: str) -> Path:
        return self.var / "log" / f"{name}.log"


def main(socket: str, port: str, starter: str) -> None:
    supervisord = os.getppid()
    # Ctrl-C reaches the whole terminal; this process ends when supervisord has.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    is_tied = tied.by_kernel(signal.SIGKILL)
    console = Console(Path(os.environ["VAR_DIR"]), Path(socket), port=int(port))
    while os.getppid() == supervisord:
        for line in console.news():
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
        if not is_tied and not _exists(int(starter)):
            # Where the kernel cannot tell supervisord that its starter ended, this does.
            os.kill(supervisord, signal.SIGTERM)
        time.sleep(_TICK_SECONDS)


def status(port: int, path: str) -> int:
    """The status of a page; 0 while nobody answers."""
    connection = HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    main(*sys.argv[1:])
