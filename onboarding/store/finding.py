"""What a comparison comes upon."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    MISSING = "missing"
    CHANGED = "changed"
    LEFT = "left"
    ORPHAN = "orphan"
    # These two are no differences.
    UNCHECKED = "unchecked"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class Finding:
    """MISSING: a row names a file that is gone. CHANGED: it is not what was recorded. LEFT: it was
    to be gone, and is there. ORPHAN: a file that no row names. UNCHECKED: it cannot be told here.
    PAST: it holds as of then, for certificates have ended since.

    `about` is the file, or the row; the sentence says what was found, and what to do.
    """

    kind: Kind
    about: str
    sentence: str

    @property
    def is_difference(self) -> bool:
        return self.kind not in {Kind.UNCHECKED, Kind.PAST}
