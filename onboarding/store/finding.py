"""What a comparison comes upon."""

from dataclasses import dataclass
from enum import StrEnum

from onboarding import printable

# What is to be done about a row that is not as it was.
ROW_CHANGED = "Somebody changed the database. Compare the row with a backup."


class Kind(StrEnum):
    MISSING = "missing"
    CHANGED = "changed"
    UNREADABLE = "unreadable"
    LEFT = "left"
    ORPHAN = "orphan"
    # These two are no differences.
    UNCHECKED = "unchecked"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class Finding:
    """MISSING: a row names a file that is gone. CHANGED: it is not what was recorded. UNREADABLE:
    the storage answers, but not for this file. LEFT: it was to be gone, and is there. ORPHAN: a
    file that no row names. UNCHECKED: it cannot be told here. PAST: it holds as of then, for
    certificates have ended since.

    `about` is the file by its very name, or the row; the sentence says what was found, and what
    to do, and can be shown anywhere.
    """

    kind: Kind
    about: str
    sentence: str

    def __post_init__(self) -> None:
        # Here for all of them: names of files and of customers come from outside.
        object.__setattr__(self, "sentence", printable.escaped(self.sentence))

    @property
    def is_difference(self) -> bool:
        return self.kind not in {Kind.UNCHECKED, Kind.PAST}
