"""Files of the stand-in: whole or not there, and for their owner only."""

import os
import tempfile
from pathlib import Path


def private_folder(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # It may be there already, made by somebody with other habits.
    folder.chmod(0o700)
    return folder


def write(path: Path, content: bytes) -> None:
    """Put `content` at `path` in one step: a reader, or a kill, sees the old file or the new."""
    # mkstemp makes the file 0600, and a key is never readable by others, not even for a moment.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
