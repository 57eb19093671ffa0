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

_TICK_SECONDS = 0.3
_SLOW_SECONDS = 60


class Console:
    """What has been said, and what is to be said next."""

    def __init__(self, var: Path, socket: Path, *, port: int) -> None:
        self.var, self.socket, self.port = var, socket, port
        self.tails = {name: Tail(var / "log" / f"{name}.log") for name in PROCESSES}
        self.seen: dict[str, supervision.State] = {}
        self.is_greeted = False
        self.slow_at = time.monotonic() + _SLOW_SECONDS

    def news(self) -> Iterator[str]:
        """Lines to print now."""
        for state in supervision.states(self.socket) or []:
            yield from self._changes(self.seen.get(state.name), state)
            self.seen[state.name] = state
        for name, tail in self.tails.items():
            yield from (f"{name:8} | {line}" for line in tail.news())
        if not self.is_greeted:
            yield from self._greeting()

    def _changes(self, before: supervision.State | None, now: supervision.State) -> Iterator[str]:
        if before is None or before == now:
            return
        log = self.var / "log" / f"{now.name}.log"
        if now.state == "FATAL":
            yield f"{now.name} could not be started and is given up: {last_words(log)} ({log})"
        elif now.state == "BACKOFF" != before.state:
            yield f"{now.name} does not start, and is tried again: {last_words(log)} ({log})"
        elif before.state == "RUNNING" and before.pid != now.pid and now.pid:
            yield f"{now.name} ended unexpectedly and was started again, as process {now.pid}."

    def _greeting(self) -> Iterator[str]:
        pages = ((self.port, "/healthz"), (self.port, "/"), (self.port + 1, "/"))
        if all(_answers(port, path) for port, path in pages):
            self.is_greeted = True
            apple = f"http://{HOST}:{self.port + 1}/"
            yield greeting.text(portal=os.environ["PUBLIC_URL"], apple=apple, var=self.var)
        elif time.monotonic() > self.slow_at:
            self.slow_at = float("inf")
            yield f"No page answers yet; {self.var / 'log'} may say why."


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


def _answers(port: int, path: str) -> bool:
    connection = HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 500
    except (OSError, HTTPException):
        return False
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
