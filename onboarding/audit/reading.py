"""Events and seals, as the database has them: through the ORM a row costs four times as much."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

from django.db import DatabaseError, connection

from onboarding.audit import encoding

_EVENT = ", ".join(f"event.{column}" for column in encoding.COLUMNS)
_TIMES = ("event.at", "seal.sealed_at")
_KEYS = [f"event.{column}" for column in encoding.COLUMNS if column.endswith("_id")]
# What Django or the driver turns into Python's objects one by one takes longer than all the rest.
_QUICK = {
    # Its times are text, and stay text as an expression; NULL for what is none.
    "sqlite": {
        **{
            column: f"CASE typeof({column}) WHEN 'text' THEN {column} || '' END"
            for column in _TIMES
        },
        # Its columns take what is of another type, too.
        "seal.hash": "CAST(seal.hash AS BLOB)",
    },
    # Microseconds; NULL for what no calendar has, such as infinity.
    "postgresql": {
        **{
            column: f"CASE WHEN {column} >= '0001-01-01Z' AND {column} < '10000-01-01Z'"
            f" THEN (extract(epoch FROM {column}) * 1000000)::bigint END"
            for column in _TIMES
        },
        **{column: f"replace({column}::text, '-', '')" for column in _KEYS},
    },
}
_WAITING = (
    f"SELECT {_EVENT} FROM onboarding_unsealedevent AS waiting"  # noqa: S608 - our own names
    " JOIN onboarding_event AS event ON event.id = waiting.event_id"
    " ORDER BY waiting.event_id LIMIT %s"
)
_SEALED = (
    f"SELECT seal.seq, seal.hash, seal.sealed_at, seal.version, seal.event_id, {_EVENT}"  # noqa: S608
    " FROM onboarding_eventseal AS seal"
    " LEFT JOIN onboarding_event AS event ON event.id = seal.event_id"
    " WHERE seal.seq > %s ORDER BY seal.seq LIMIT %s"
)
_NEVER_SEALED = (
    "SELECT event.id, event.at, event.verb FROM onboarding_event AS event"
    # One before the first is not of the chain, and nobody would look at it.
    " LEFT JOIN onboarding_eventseal AS seal ON seal.event_id = event.id AND seal.seq > 0"
    " LEFT JOIN onboarding_unsealedevent AS waiting ON waiting.event_id = event.id"
    " WHERE seal.event_id IS NULL AND waiting.event_id IS NULL ORDER BY event.id LIMIT %s"
)


class Sealed(NamedTuple):
    """A seal, and the columns of its Event as they are read here; empty if it is not there.

    Any: each column is of its own type.
    """

    seq: int
    hash: bytes
    sealed_at: encoding.Time
    version: int
    event_id: int
    event: tuple[Any, ...]


def waiting(limit: int) -> list[tuple[Any, ...]]:
    """The columns of Events that wait for their seal, smallest ids first. Any: of all types."""
    return list(_rows(_WAITING, limit))


def sealed(*, after: int, limit: int) -> list[Sealed]:
    """The seals behind number `after`, in their order, with their Events."""
    return [
        Sealed(seq, bytes(digest), at, version, event_id, tuple(event) if event[0] else ())
        for seq, digest, at, version, event_id, *event in _rows(_SEALED, after, limit)
    ]


def never_sealed(limit: int) -> list[tuple[int, encoding.Time, str]]:
    """Id, time and verb of Events that are neither sealed nor wait for it: nobody wrote such."""
    return [(pk, at, verb) for pk, at, verb in _rows(_NEVER_SEALED, limit)]


def _rows(statement: str, *parameters: int) -> Iterator[tuple[Any, ...]]:
    """Any: what the driver gives."""
    for column, quick in _QUICK[connection.vendor].items():
        statement = statement.replace(f"{column},", f"{quick},")
    try:
        rows = _fetched(statement, parameters)
    except DatabaseError:
        if connection.vendor != "sqlite":
            raise
        # One text that is none would hide all others of its page.
        with _any_text():
            rows = _fetched(statement, parameters)
    yield from rows


def _fetched(statement: str, parameters: tuple[int, ...]) -> list[tuple[Any, ...]]:
    """Any: what the driver gives."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


@contextmanager
def _any_text() -> Iterator[None]:
    """SQLite gives bytes that are no text as lone surrogates, which nothing was sealed with."""
    raw = connection.connection
    raw.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
    try:
        yield
    finally:
        raw.text_factory = str
