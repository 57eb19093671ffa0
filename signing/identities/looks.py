"""How a file looks from outside: who may read it, and whether it is still the same."""

import stat
from pathlib import Path


def exposure(path: Path, *, what: str) -> str | None:
    """A sentence when others than the owner may read `what` is in the file."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return None
    if not mode & (stat.S_IRGRP | stat.S_IROTH):
        return None
    return (
        f"The {what} in {path} can be read by others than its owner (mode {mode:04o})."
        f" Run: chmod 600 {path}"
    )


def stamp(path: Path) -> str:
    """Another one when the file was written or replaced; empty when it is not there."""
    try:
        found = path.stat()
    except OSError:
        return ""
    return f"{found.st_dev}:{found.st_ino}:{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}"
