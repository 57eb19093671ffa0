"""A part of the comparison: rows of one kind, each looked at, or the files of one folder."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote, unquote

from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError
from django.db.models import Model, QuerySet

from onboarding import errors, storage
from onboarding.store.bench import Bench
from onboarding.store.finding import Finding, Kind

# Small enough that a page on slow storage stays within a task's time.
ROWS = 25

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """`after` is where the part goes on; empty at its end."""

    part: "Part"
    checked: int
    findings: tuple[Finding, ...]
    after: str


def place(name: str) -> str:
    """The name of a file as a place to go on from: plain text, whatever the name holds."""
    return quote(name, errors="surrogateescape")


def place_of(after: str) -> str:
    """The name from which `place` was made."""
    return unquote(after, errors="surrogateescape")


class Part(Protocol):
    """`name` is kept in the database, `title` is for people."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    def total(self) -> int | None:
        """How many there are to look at; None where that is known only at the end."""

    def page(self, bench: Bench, *, after: str) -> Page: ...


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows in the order of their ids. Any: each part has a model of its own."""

    name: str
    title: str
    rows: Callable[[], QuerySet[Any]]
    look: Callable[[Any, Bench], Iterator[Finding]]

    def total(self) -> int:
        return self.rows().count()

    def page(self, bench: Bench, *, after: str) -> Page:
        ordered = self.rows().order_by("pk")
        rows = list((ordered.filter(pk__gt=after) if after else ordered)[:ROWS])
        found = tuple(finding for row in rows for finding in self._look_twice(row, bench))
        return Page(self, len(rows), found, str(rows[-1].pk) if len(rows) == ROWS else "")

    def _look_twice(self, row: Model, bench: Bench) -> list[Finding]:
        """What is found on a second look: a row that moved while it was looked at is no finding."""
        if not self._findings(row, bench):
            return []
        fresh = self.rows().filter(pk=row.pk).first()
        return self._findings(fresh, bench) if fresh else []

    def _findings(self, row: Model, bench: Bench) -> list[Finding]:
        try:
            return list(self.look(row, bench))
        except (DatabaseError, SoftTimeLimitExceeded):
            raise
        except errors.StorageUnavailable as error:
            _demand_answer()
            sentence = (
                f"A file of {row} cannot be read, though the storage answers ({error.__cause__})."
                " See to the storage; if the file is damaged, bring it back from a backup."
            )
            return [Finding(Kind.UNREADABLE, str(row), sentence)]
        except Exception as error:
            # Nobody foresaw it, so it is told of this row, and the others are looked at.
            logger.exception("%s could not be compared.", row)
            sentence = f"{row} could not be compared ({type(error).__name__}); the log says more."
            return [Finding(Kind.CHANGED, str(row), sentence)]


def _demand_answer() -> None:
    """Raises StorageUnavailable when not one file, but the storage itself is to blame."""
    next(storage.names(storage.PROBES), None)
