"""Lines of JSON from one machine to the other: a header, the records, and a SHA-256 at the end.

Both sides go line by line, so that 100,000 CSRs take no more memory than one. The SHA-256 shows
a copy that was torn or damaged; it is no signature, and whoever has the file can make it anew.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256
from itertools import islice
from typing import Any, BinaryIO

from onboarding import errors

VERSION = 1
# A CSR has 64 KB at most when it comes in; a row that was made larger still gets through and
# fails alone. What has no line ends at all is not read into memory as a whole.
LINE_LIMIT = 16 * 1024 * 1024
OPENING = b'{"format": "pushportal '


class Kind(Enum):
    EXPORT = "pushportal approved CSRs"
    RESULTS = "pushportal signatures"


@dataclass(frozen=True, slots=True)
class Written:
    """`sha256` is of the whole file, as sha256sum prints it."""

    count: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Carried:
    """A file that arrived whole. `sha256` is of the whole file, as sha256sum prints it."""

    header: Mapping[str, str]
    count: int
    sha256: str
    _file: BinaryIO = field(repr=False)

    def records(self) -> Iterator[bytes]:
        """The lines between header and end, one at a time; each call begins anew."""
        self._file.seek(0)
        return islice(self._file, 1, self.count + 1)


def write(
    file: BinaryIO, kind: Kind, *, header: Mapping[str, str], records: Iterable[Mapping[str, str]]
) -> Written:
    digest, count = sha256(), 0

    def put(values: Mapping[str, str | int]) -> None:
        line = json.dumps(values, ensure_ascii=False).encode() + b"\n"
        digest.update(line)
        file.write(line)

    put({"format": kind.value, "version": VERSION, **header})
    for record in records:
        put(record)
        count += 1
    put({"count": count, "sha256": digest.hexdigest()})
    return Written(count, digest.hexdigest())


def read(file: BinaryIO, *, header: Mapping[str, str]) -> Carried:
    """The file, known to be whole; `header` is what `opened` found. Raises InvalidSigningFile."""
    file.seek(0)
    digest, count, last = sha256(file.readline(LINE_LIMIT)), 0, b""
    while line := file.readline(LINE_LIMIT):
        if last:
            digest.update(last)
            count += 1
        last = line
    end = _end(last, seen=count + bool(last))
    if (end["count"], end["sha256"]) != (count, digest.hexdigest()):
        raise errors.InvalidSigningFile(
            "The file was changed or damaged on the way: it does not match the SHA-256 in its last"
            " line. Copy it again, as binary, and compare `sha256sum` of both copies."
        )
    digest.update(last)
    return Carried(header, count, digest.hexdigest(), file)


def _end(line: bytes, *, seen: int) -> dict[str, Any]:
    """Any: whatever stands there is compared, and nothing else."""
    found = parsed(line) if line.endswith(b"\n") else None
    if found is None or found.keys() != {"count", "sha256"}:
        raise errors.InvalidSigningFile(
            f"The file is torn: it ends after {seen} lines, without the last one. Copy it again,"
            " and let the stick finish writing before it is pulled out."
        )
    return found


def parsed(line: bytes) -> dict[str, Any] | None:
    """The JSON object in a line; None for anything else. Any: nothing of it is checked."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def texts(line: bytes, *names: str) -> list[str]:
    """The values of a record that has exactly these names. Raises InvalidSigningFile."""
    found = parsed(line)
    if found is None or found.keys() != set(names):
        raise _odd_record()
    if not all(isinstance(value, str) for value in found.values()):
        raise _odd_record()
    return [found[name] for name in names]


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise _odd_record() from error


def _odd_record() -> errors.InvalidSigningFile:
    return errors.InvalidSigningFile(
        "It is not of the form that `manage.py signing` writes: the file was changed by hand."
    )
