"""Files that commands read, and new ones that they write: nothing is ever overwritten."""

import os
from pathlib import Path

from django.core.management.base import CommandError

from onboarding import durable
from onboarding.pki import kinds

SECRET, PUBLIC = 0o600, 0o644
# The name that stands for standard output.
STDOUT = Path("-")


def read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(kinds.UPLOAD_LIMIT + 1)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    if len(data) > kinds.UPLOAD_LIMIT:
        raise CommandError(f"{path} is larger than 64 KB, so it is not the file wanted here.")
    return data


def demand_new(*paths: Path) -> None:
    """Asked before any work, so that no passphrase is typed for nothing."""
    for path in paths:
        if path != STDOUT and os.path.lexists(path):
            raise _in_the_way(path)


def write_new(path: Path, content: bytes, *, mode: int) -> None:
    """A new file, whole or not there. Its mode holds from the first moment."""
    try:
        durable.write_new(path, content, mode=mode)
    except FileExistsError as error:
        raise _in_the_way(path) from error
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error


def _in_the_way(path: Path) -> CommandError:
    return CommandError(
        f"{path} is there already and is not overwritten. Choose another name, or move it away"
        " first."
    )


def folder(path: Path) -> Path:
    """The folder, made for its owner alone when it is not there."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"The folder {path} cannot be made: {error.strerror}.") from error
    return path
