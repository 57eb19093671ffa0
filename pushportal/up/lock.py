"""Locks that last as long as the process that holds them."""

import fcntl
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from pushportal.up.refusal import Refused

# supervisord closes every descriptor from 5 upwards when it starts.
_KEPT_DESCRIPTOR = 3


@dataclass(frozen=True, slots=True)
class Lock:
    descriptor: int

    def write(self, *, url: str) -> None:
        """Say who holds the lock, for the one who finds it taken."""
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, json.dumps({"pid": os.getpid(), "url": url}).encode(), 0)

    def keep(self) -> None:
        """Let the program that this process becomes hold the lock."""
        if self.descriptor == _KEPT_DESCRIPTOR:
            os.set_inheritable(self.descriptor, True)  # noqa: FBT003 - its only form
        else:
            os.dup2(self.descriptor, _KEPT_DESCRIPTOR, inheritable=True)


def take(path: Path) -> Lock:
    """The lock of a run; Refused with the holder's address when another run has it."""
    lock = _open(path)
    if _is_taken(lock):
        return lock
    held = _holder(path)
    os.close(lock.descriptor)
    raise Refused(f"This portal is already running on {held}. Stop it first, with Ctrl-C there.")


def wait(path: Path, *, seconds: float) -> bool:
    """Take a lock for good, as soon as its last holder has ended; False after `seconds`."""
    lock = _open(path)
    os.set_inheritable(lock.descriptor, True)  # noqa: FBT003 - its only form
    deadline = time.monotonic() + seconds
    while not _is_taken(lock):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _open(path: Path) -> Lock:
    return Lock(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _is_taken(lock: Lock) -> bool:
    try:
        fcntl.flock(lock.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(path: Path) -> str:
    try:
        held = json.loads(path.read_text())
        return f"{held['url']} (process {held['pid']})"
    except (OSError, ValueError, KeyError, TypeError):
        return f"the same folder ({path.parents[1]}), and about to say where"
