"""A process that ends with its parent, however the parent ends."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence

_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.5


def by_kernel(number: signal.Signals) -> bool:
    """Have the kernel send this process the signal when its parent ends; False where it cannot.

    It outlives exec, not fork (prctl(2), Linux only).
    """
    if sys.platform != "linux":
        return False
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return bool(prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0) == 0)


def to_parent(parent: int) -> None:
    """End this process at once when `parent`, which started it, has ended."""
    if not by_kernel(signal.SIGKILL):
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()
    elif os.getppid() != parent:
        # It ended before the kernel was asked to tell.
        os.kill(os.getpid(), signal.SIGKILL)


def run(command: Sequence[str], *, environ: Mapping[str, str], parent: int) -> int:
    """Become the command, told to stop when `parent` ends; where that cannot be, watch over it."""
    if not by_kernel(signal.SIGTERM):
        return watch(command, environ=environ, parent=parent)
    if os.getppid() != parent:
        # The parent ended before the kernel was asked to tell.
        return 1
    return os.execvpe(command[0], list(command), dict(environ))  # noqa: S606 - no shell is wanted


def watch(command: Sequence[str], *, environ: Mapping[str, str], parent: int) -> int:
    """Run the command until it ends, or stop it when `parent` has ended; its exit status."""
    child = subprocess.Popen(list(command), env=dict(environ))  # noqa: S603 - our own command
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: child.send_signal(number))
    while (status := child.poll()) is None:
        if os.getppid() != parent:
            child.terminate()
        time.sleep(_POLL_SECONDS)
    return status


def _end_after(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
