"""Files that survive a loss of power: their content is on the disk, and then their name is, too."""

import errno
import os
from contextlib import suppress
from pathlib import Path


def write_new(path: Path, content: bytes, *, mode: int) -> None:
    """A new file, whole or not there; its mode holds from the first moment.

    Raises FileExistsError when something is there, be it a link, and OSError.
    """
    # O_EXCL: never through a link, never over a file made since the caller's look.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb", buffering=0) as file:
            write_all(file.fileno(), content)
            os.fsync(file.fileno())
        sync_folder(path.parent)
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def rename(draft: Path, path: Path) -> None:
    """`draft`, which is on the disk already, is `path` from now on, whatever was there before."""
    draft.replace(path)
    sync_folder(path.parent)


def write_all(handle: int, content: bytes | memoryview) -> None:
    """Write all of it. A disk that is nearly full takes a part, and says so when asked again."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]


def sync_folder(folder: Path) -> None:
    """Have what was made, renamed or deleted in `folder` reach the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        # Some file systems know no such thing, as those of sticks and of other machines.
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(handle)
