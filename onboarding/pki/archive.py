"""ZIP archives: what is in them, looked at within bounds and never unpacked to a disk."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
# Enough for whatever a person would pack by hand; a file made to be costly gets no further.
_LOOKED_AT = 20
_NAMED = 5
_NAME_LENGTH = 60
_FILE_LIMIT = 64 * 1024
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
    struct.error,
)
# The other methods let the file say how much memory it takes to read it.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def is_zip(data: bytes) -> bool:
    return data.startswith(_MAGIC)


def names(data: bytes) -> list[str]:
    """The names of the first files in it, fit to be shown; none when it cannot be read."""
    found = [_shown(info.filename) for info in _members(data)]
    rest = len(found) - _NAMED
    return [*found[:_NAMED], "…"] if rest > 0 else found


def files(data: bytes) -> Iterator[bytes]:
    """The contents of its first files, as far as they are small and can be read."""
    for info in _members(data):
        if info.compress_type not in _METHODS:
            continue
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(info) as file:
                # Never more than this, whatever the archive says of its size.
                yield file.read(_FILE_LIMIT)
        except _UNREADABLE:
            continue


def _members(data: bytes) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [one for one in archive.infolist() if not one.is_dir()][:_LOOKED_AT]
    except _UNREADABLE:
        return []


def _shown(name: str) -> str:
    printable = "".join(letter if letter.isprintable() else "?" for letter in name)
    return printable if len(printable) <= _NAME_LENGTH else f"{printable[:_NAME_LENGTH]}…"
