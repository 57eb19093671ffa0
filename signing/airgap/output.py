"""A large file, written piece by piece: under its name it is there whole, or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.core.management.base import CommandError

from onboarding import durable
from signing.setup import files


def demand_free(path: Path, *, may_replace: bool) -> None:
    """Asked before any work. A folder, a device or a link is never replaced."""
    if not may_replace or path.is_symlink() or (path.exists() and not path.is_file()):
        files.demand_new(path)


@contextmanager
def whole(path: Path, *, may_replace: bool) -> Iterator[BinaryIO]:
    """A file to write, for its owner alone; it gets its name when the block ends well."""
    demand_free(path, may_replace=may_replace)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            _put(part, path, may_replace=may_replace)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error


def _put(part: Path, path: Path, *, may_replace: bool) -> None:
    if not may_replace:
        # Reserved first, for a rename goes over whatever is there; sticks know no hard links,
        # which would need no reservation.
        files.write_new(path, b"", mode=files.SECRET)
    durable.rename(part, path)
