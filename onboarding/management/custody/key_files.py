"""The files of the custody key: made once, replaced whole, one change at a time."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from onboarding import durable


def named() -> tuple[Path, Path] | None:
    """The files of the private and the public half, where both settings name one."""
    private_file = getattr(settings, "CUSTODY_PRIVATE_KEY_FILE", None)
    public_file = settings.CUSTODY_PUBLIC_KEY_FILE
    return (private_file, public_file) if private_file and public_file else None


def write_new(path: Path, content: str, *, mode: int) -> None:
    durable.write_new(path, f"{content}\n".encode("ascii"), mode=mode)


def replace(path: Path, content: str) -> None:
    """New content under the same name, mode and owner: whoever reads sees the old or the new."""
    known = path.stat()
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{content}\n")
            os.fchmod(file.fileno(), known.st_mode & 0o777)
            if (known.st_uid, known.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(file.fileno(), known.st_uid, known.st_gid)
            file.flush()
            os.fsync(file.fileno())
        # The new name, too, must be on the disk before anything is sealed to what it holds.
        durable.rename(Path(draft), path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep another command from changing the keys: of two at once, one would lose its key."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise CommandError(
            "Another command is changing the custody keys at this moment."
        ) from error
    finally:
        os.close(folder)
