"""PEM (RFC 7468): blocks out of an upload, read forgivingly; blocks for Apple, written strictly."""

import base64
import re
from dataclasses import dataclass

COLUMNS = 64
_BOUNDARY = re.compile(r"-----(BEGIN|END) ([A-Z0-9 ]{1,40})-----")


@dataclass(frozen=True, slots=True)
class Block:
    label: str
    body: str

    @property
    def der(self) -> bytes:
        """Raises ValueError when the body is no base64."""
        return bare_base64(self.body)


def blocks(text: str) -> list[Block]:
    """The blocks of `text`, whatever stands around them. ValueError when lines do not pair."""
    # Boundaries are paired in one pass: a pattern over whole blocks takes quadratic time
    # on a file of nothing but BEGIN lines.
    bounds = list(_BOUNDARY.finditer(text))
    found = []
    for begin, end in zip(bounds[::2], bounds[1::2], strict=False):
        if begin[1] != "BEGIN" or end[1] != "END" or begin[2] != end[2]:
            raise ValueError("BEGIN and END lines do not pair")
        found.append(Block(begin[2], text[begin.end() : end.start()]))
    if len(bounds) % 2:
        raise ValueError("a BEGIN or END line is missing")
    return found


def bare_base64(text: str) -> bytes:
    """The bytes of base64 with white space anywhere. Raises ValueError for any other character."""
    return base64.b64decode("".join(text.split()), validate=True)


def encode(label: str, der: bytes) -> str:
    """One block: lines of 64 columns, LF after each, the last included."""
    body = base64.b64encode(der).decode("ascii")
    lines = [body[at : at + COLUMNS] for at in range(0, len(body), COLUMNS)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])
