"""A process of the product, with exactly its own environment, and nothing of it left behind."""

import atexit
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.run.instance import ROOT
from tests.servers import server

START_SECONDS = 60
STOP_SECONDS = 20


class Running:
    """A started process and all below it; `log` is what they say.

    One that `talks` is written to and read from by its caller.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environ: Mapping[str, str],
        log: Path,
        talks: bool = False,
    ) -> None:
        self.log = log
        self._command = command
        self._said_before = log.stat().st_size if log.exists() else 0
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                # It ends with this process, however this process ends.
                [*server.as_user(None), *command],
                cwd=ROOT,
                env=dict(environ),
                stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
                stdout=subprocess.PIPE if talks else output,
                stderr=output,
                process_group=0,
            )
        atexit.register(self.stop)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    @property
    def said(self) -> str:
        with self.log.open("rb") as log:
            log.seek(self._said_before)
            return log.read().decode(errors="replace")

    def wait_for(self, words: str) -> None:
        """Return once it has said so; AssertionError with what it said instead."""
        deadline = time.monotonic() + START_SECONDS
        while words not in self.said:
            assert self.is_alive, f"{self.log.name} ended before “{words}”: {self.said[-3000:]}"
            assert time.monotonic() < deadline, (
                f"{self.log.name}, no “{words}”: {self.said[-3000:]}"
            )
            time.sleep(0.05)

    def children(self) -> list[int]:
        """Those that it forked; they outlive it when it is killed."""
        return [pid for pid in self._group() if pid != self.pid]

    def kill(self, pid: int | None = None) -> None:
        """kill -9, of this process or of one of its children."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid or self.pid, signal.SIGKILL)

    def ask_to_stop(self) -> None:
        if self.is_alive:
            self.process.terminate()

    def stop(self) -> None:
        """End it in good order, then whatever of it is still there."""
        atexit.unregister(self.stop)
        self.ask_to_stop()
        try:
            self.process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pipe in filter(None, (self.process.stdin, self.process.stdout)):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        for orphan in self._group():
            self.kill(orphan)

    def _group(self) -> Iterator[int]:
        """All that runs of it, the killed one's orphans too: same group, same command."""
        line = b"\0".join(word.encode() for word in self._command) + b"\0"
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                # After the name, in brackets: state, parent, group.
                group = stat.read_text().rpartition(")")[2].split()[2]
                if group == str(self.pid) and (stat.parent / "cmdline").read_bytes() == line:
                    yield int(stat.parent.name)
