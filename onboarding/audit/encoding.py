"""What of an Event is hashed: every column, in one form that can be read in one way only.

Version 1 is JSON in ASCII without white space: an array of the version and the columns in the
order of COLUMNS. Times are microseconds since 1970 in UTC, UUIDs 32 hex digits, facts an object
with its names sorted. A seal's hash is SHA-256 over the hash of the seal before it (32 zero bytes
for the first), its own number (8 bytes, big-endian), its time (8 bytes) and the encoded Event.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from struct import Struct
from typing import Any
from uuid import UUID

VERSION = 1
COLUMNS = (
    "id",
    "at",
    "verb",
    "actor_id",
    "actor_name",
    "customer_id",
    "csr_id",
    "push_certificate_id",
    "vendor_certificate_id",
    "facts",
    "address",
    "user_agent",
)
GENESIS = bytes(32)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PLACE = Struct(">32sQq")
_json = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode
_read = json.JSONDecoder().decode


def encoded(row: Sequence[Any]) -> bytes:
    """The bytes of an Event, whose columns come as the database's driver gives them.

    Any: each column is of its own type; facts are JSON as text.
    """
    number, at, verb, actor, name, customer, csr, push, vendor, facts, address, agent = row
    values = [
        *(VERSION, number, microseconds(at), verb, _hex(actor), name),
        *(_hex(customer), _hex(csr), _hex(push), _hex(vendor)),
        *(_read(facts), address, agent),
    ]
    return _json(values).encode("ascii")


def link(previous: bytes, seq: int, sealed_at: datetime | str, event: bytes) -> bytes:
    """The hash of seal `seq`, over the seal before it and the encoded Event."""
    return sha256(_PLACE.pack(previous, seq, microseconds(sealed_at)) + event).digest()


def time(at: datetime | str) -> datetime:
    """What the driver gives as a time; it is always UTC, whether it says so or not."""
    known = datetime.fromisoformat(at) if isinstance(at, str) else at
    return known if known.tzinfo else known.replace(tzinfo=UTC)


@lru_cache(maxsize=64)
def microseconds(at: datetime | str) -> int:
    return (time(at) - _EPOCH) // _MICROSECOND


def in_microseconds(duration: timedelta) -> int:
    return duration // _MICROSECOND


def _hex(key: UUID | str | int | None) -> str | int | None:
    # SQLite's driver knows no UUIDs: there they are hex already.
    return key.hex if isinstance(key, UUID) else key
