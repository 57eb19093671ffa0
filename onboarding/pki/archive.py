"""ZIP archives: what is in them, looked at within bounds and never unpacked to a disk."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
# Enough for whatever a person would pack by hand; a file made to be costly gets no further.
_LOOKED_AT = 20
_NAME_LENGTH = 60
_FILE_LIMIT = 64 * 1024
# What zipfile raises; NotImplementedError for a method of packing that it does not know.
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


def files(data: bytes) -> Iterator[tuple[str, bytes | None]]:
    """Its first files: each name, fit to be shown, and the content, None where it cannot be read.

    Nothing when the archive itself cannot be read.
    """
    for info in _members(data):
        yield _shown(info.filename), _content(data, info)


def _content(data: bytes, info: zipfile.ZipInfo) -> bytes | None:
    if info.compress_type not in _METHODS:
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(info) as file:
            # Never more than this, whatever the archive says of its size.
            return file.read(_FILE_LIMIT)
    except _UNREADABLE:
        return None


def _members(data: bytes) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [one for one in archive.infolist() if not one.is_dir()][:_LOOKED_AT]
    except _UNREADABLE:
        return []


def _shown(name: str) -> str:
    printable = "".join(letter if letter.isprintable() else "?" for letter in name)
    return printable if len(printable) <= _NAME_LENGTH else f"{printable[:_NAME_LENGTH]}…"
