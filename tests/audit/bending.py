"""What an owner of the database can do to the trail: its triggers are gone, then rows change."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from onboarding.audit import encoding, reading
from onboarding.audit.encoding import GENESIS
from onboarding.models import EventSeal

_TRIGGERS = {
    "sqlite": (
        *(
            f"DROP TRIGGER onboarding_event_refuses_{verb}"
            for verb in ("update", "delete", "replace")
        ),
        *(
            f"DROP TRIGGER onboarding_eventseal_refuses_{verb}"
            for verb in ("update", "delete", "replace")
        ),
        "DROP TRIGGER onboarding_event_waits",
    ),
    "postgresql": (
        # What the test wrote is still to be checked, and until then no table is altered.
        "SET CONSTRAINTS ALL IMMEDIATE",
        "ALTER TABLE onboarding_event DISABLE TRIGGER USER",
        "ALTER TABLE onboarding_eventseal DISABLE TRIGGER USER",
    ),
}
_EVENT = "UPDATE onboarding_event SET {column} = {value} WHERE id = {{event}}"
_SEAL = "UPDATE onboarding_eventseal SET {column} = {value} WHERE seq = {{seq}}"
# By the database's engine: what its types allow, and no calendar, alphabet or hash knows.
NEVER_WRITTEN = {
    "django.db.backends.sqlite3": [
        _EVENT.format(column="at", value="'yesterday'"),
        _EVENT.format(column="at", value="x'00ff'"),
        _EVENT.format(column="verb", value="x'00ff'"),
        _EVENT.format(column="actor_id", value="x'00ff'"),
        _EVENT.format(column="actor_id", value="actor_id || '-'"),
        _SEAL.format(column="sealed_at", value="'yesterday'"),
        _SEAL.format(column="hash", value="'none'"),
    ],
    "django.db.backends.postgresql": [
        *(
            text.format(column=column, value=f"'{value}'")
            for text, column in ((_EVENT, "at"), (_SEAL, "sealed_at"))
            for value in ("infinity", "-infinity", "20000-01-01", "0044-03-15 BC")
        ),
        _SEAL.format(column="hash", value="''"),
    ],
}
# What the staff's pages would stumble over.
NEVER_SHOWN: dict[object, list[str]] = {
    "django.db.backends.sqlite3": [
        _EVENT.format(column="at", value="'not a date'"),
        _EVENT.format(column="at", value="x'00ff'"),
        _EVENT.format(column="at", value="5"),
        _EVENT.format(column="verb", value="x'00ff'"),
        _EVENT.format(column="verb", value="CAST(x'ff' AS TEXT)"),
        _EVENT.format(column="actor_name", value="x'00ff'"),
        _EVENT.format(column="address", value="x'00ff'"),
        _EVENT.format(column="facts", value="'[]'"),
    ],
    "django.db.backends.postgresql": [
        _EVENT.format(column="at", value="'infinity'"),
        _EVENT.format(column="at", value="'0044-03-15 BC'"),
        _EVENT.format(column="facts", value="'[]'"),
    ],
}
_TEXT = {"sqlite": "facts", "postgresql": "facts::text"}


@dataclass(frozen=True, slots=True)
class Bent:
    """How, and the number in the chain at which it has to be found."""

    how: str
    seq: int | None
    event: int | None = None


def unguard() -> None:
    for statement in _TRIGGERS[connection.vendor]:
        run(statement)


def run(statement: str, *parameters: Any) -> None:
    """Any: what the driver takes."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def event_of(seq: int) -> int:
    return EventSeal.objects.values_list("event_id", flat=True).get(seq=seq)


def edit(chance: random.Random, length: int) -> Bent:
    seq = chance.randint(1, length)
    event = event_of(seq)
    column, value = chance.choice(
        [
            ("verb", "reject"),
            ("actor_name", "Somebody Else"),
            ("at", timezone.now() + timedelta(microseconds=chance.randint(1, 10**9))),
            ("facts", '{"approvals": "2 of 2"}'),
            ("address", "192.0.2.66"),
            ("user_agent", "curl"),
            ("customer_id", None),
            ("actor_id", None),
        ]
    )
    # Our own names.
    run(f"UPDATE onboarding_event SET {column} = %s WHERE id = %s", value, event)  # noqa: S608
    return Bent(f"{column} edited", seq, event)


def delete(chance: random.Random, length: int) -> Bent:
    seq = chance.randint(1, length)
    event = event_of(seq)
    run("DELETE FROM onboarding_event WHERE id = %s", event)
    return Bent("deleted", seq, event)


def delete_seal(seq: int) -> None:
    run("DELETE FROM onboarding_eventseal WHERE seq = %s", seq)


def delete_with_seal(chance: random.Random, length: int) -> Bent:
    seq = chance.randint(1, length - 1)
    event = event_of(seq)
    run("DELETE FROM onboarding_eventseal WHERE seq = %s", seq)
    run("DELETE FROM onboarding_event WHERE id = %s", event)
    return Bent("deleted with its seal", seq)


def delete_and_close_up(chance: random.Random, length: int) -> Bent:
    """The numbers behind it move up by one, so that there is no hole."""
    bent = delete_with_seal(chance, length)
    assert bent.seq
    for seq in range(bent.seq + 1, length + 1):
        run("UPDATE onboarding_eventseal SET seq = seq - 1 WHERE seq = %s", seq)
    return Bent("deleted, and closed up", bent.seq)


def insert(chance: random.Random, length: int) -> Bent:
    """An Event that claims to be old, and has no seal."""
    return Bent("inserted", None, _inserted(chance, length))


def insert_into_chain(chance: random.Random, length: int) -> Bent:
    """The same, with a seal of its own in the midst of the chain."""
    event, seq = _inserted(chance, length), chance.randint(1, length)
    for behind in range(length, seq - 1, -1):
        run("UPDATE onboarding_eventseal SET seq = seq + 1 WHERE seq = %s", behind)
    run(
        "INSERT INTO onboarding_eventseal (seq, event_id, version, sealed_at, hash)"
        " VALUES (%s, %s, 1, %s, %s)",
        seq,
        event,
        timezone.now(),
        chance.randbytes(32),
    )
    return Bent("inserted into the chain", seq, event)


def swap(chance: random.Random, length: int) -> Bent:
    """The seals of two Events are exchanged."""
    one, other = sorted(chance.sample(range(1, length + 1), 2))
    events = event_of(one), event_of(other)
    run("UPDATE onboarding_eventseal SET event_id = -1 WHERE seq = %s", one)
    run("UPDATE onboarding_eventseal SET event_id = %s WHERE seq = %s", events[0], other)
    run("UPDATE onboarding_eventseal SET event_id = %s WHERE seq = %s", events[1], one)
    return Bent("swapped", one, events[1])


def swap_contents(chance: random.Random, length: int) -> Bent:
    """Two Events exchange what they say, and keep their ids."""
    one, other = sorted(chance.sample(range(1, length + 1), 2))
    first, second = event_of(one), event_of(other)
    for source, to in ((first, -1), (second, first), (-1, second)):
        run("UPDATE onboarding_event SET id = %s WHERE id = %s", to, source)
    return Bent("contents swapped", one, first)


def cut(chance: random.Random, length: int) -> Bent:
    """The newest Events go, with their seals."""
    last = chance.randint(0, length - 1)
    ids = EventSeal.objects.filter(seq__gt=last).values_list("event_id", flat=True)
    for event in list(ids):
        run("DELETE FROM onboarding_event WHERE id = %s", event)
    run("DELETE FROM onboarding_eventseal WHERE seq > %s", last)
    return Bent("cut off", last + 1)


def rewrite(chance: random.Random, length: int) -> Bent:
    """An edit, and everything behind it sealed anew as the portal itself would."""
    bent = edit(chance, length)
    assert bent.seq
    previous = GENESIS
    for one in reading.sealed(after=0, limit=length):
        previous = encoding.link(previous, one.seq, one.sealed_at, encoding.encoded(one.event))
        run("UPDATE onboarding_eventseal SET hash = %s WHERE seq = %s", previous, one.seq)
    return Bent("rewritten", bent.seq)


def change_hash(chance: random.Random, length: int) -> Bent:
    seq = chance.randint(1, length)
    digest = chance.randbytes(32)
    run("UPDATE onboarding_eventseal SET hash = %s WHERE seq = %s", digest, seq)
    return Bent("seal changed", seq, event_of(seq))


Bending = Callable[[random.Random, int], Bent]
WAYS: tuple[Bending, ...] = (
    *(edit, delete, delete_with_seal, delete_and_close_up, insert, insert_into_chain),
    *(swap, swap_contents, cut, rewrite, change_hash),
)


def _inserted(chance: random.Random, length: int) -> int:
    template = event_of(chance.randint(1, length))
    event = 10_000_000 + chance.randint(1, 10**6)
    run(
        "INSERT INTO onboarding_event (id, at, verb, actor_name, facts)"
        " SELECT %s, at, 'approve', 'Somebody Else', facts FROM onboarding_event WHERE id = %s",
        event,
        template,
    )
    return event
