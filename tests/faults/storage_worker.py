"""`python -m tests.faults.storage_worker …`: Celery's worker, which counts what is refused to it.

Arguments are Celery's own. While there is a file CARELESS in the folder of the refusals, it is
without the guard: a file that could not be kept is none of its cares. While there is a file
SLUGGISH, its own folder is a slow disk.
"""

import ctypes
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from unittest.mock import patch
from uuid import uuid4

import django
from celery.__main__ import main

from pushportal import celery

django.setup()

from django.core.files.storage import default_storage  # noqa: E402 - Django comes first

from onboarding import durable, errors, storage  # noqa: E402
from tests.faults import told  # noqa: E402

_LIBC = ctypes.CDLL(None)
# A file takes some seconds.
_PIECE, _PIECE_SECONDS = 100, 0.1


def count_refusals(refusals: Path) -> None:
    put, get = storage.put, storage.get

    def counted_put(folder: str, content: bytes) -> str:
        disk = _slow_disk() if (refusals / told.SLUGGISH).exists() else nullcontext()
        try:
            with _counted(refusals), disk, _as_owner():
                return put(folder, content)
        except errors.StorageUnavailable:
            if (refusals / told.CARELESS).exists():
                return storage.name_of(folder, content)
            raise

    def counted_get(name: str) -> bytes:
        with _counted(refusals):
            return get(name)

    storage.put, storage.get = counted_put, counted_get


@contextmanager
def _slow_disk() -> Iterator[None]:
    write_all = durable.write_all

    def slowly(handle: int, chunk: bytes) -> None:
        for start in range(0, len(chunk), _PIECE):
            write_all(handle, chunk[start : start + _PIECE])
            time.sleep(_PIECE_SECONDS)

    with patch.multiple(durable, write_all=slowly):
        yield


@contextmanager
def _counted(folder: Path) -> Iterator[None]:
    try:
        yield
    except errors.StorageUnavailable:
        # An empty file: it needs no room on a full disk.
        (folder / str(uuid4())).touch()
        raise


@contextmanager
def _as_owner() -> Iterator[None]:
    """Root passes by the modes of files, and with them by a storage that is read-only."""
    location = getattr(default_storage, "location", "")
    if os.geteuid() != 0 or not location:
        yield
        return
    _LIBC.setfsuid(Path(location).parent.stat().st_uid)
    try:
        yield
    finally:
        _LIBC.setfsuid(0)


if __name__ == "__main__":
    assert celery.app
    count_refusals(Path(os.environ[told.REFUSALS]))
    sys.argv = ["celery", *sys.argv[1:]]
    main()
