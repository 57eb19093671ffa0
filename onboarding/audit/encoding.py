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
# A time as it is read: microseconds since 1970 or text, None where no calendar has it.
Time = int | str | None

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PLACE = Struct(">32sQq")
_json = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode
_read = json.JSONDecoder().decode
_string = json.encoder.encode_basestring_ascii


def encoded(row: Sequence[Any]) -> bytes:
    """The bytes of an Event, whose columns come as they are read from the database.

    Any: each column is of its own type; UUIDs are 32 hex digits, facts JSON as text. Put together
    here, and not by `json`, which sets up an encoder for each call. Raises TypeError or ValueError
    for what no Event can have.
    """
    number, at, verb, actor, name, customer, csr, push, vendor, facts, address, agent = row
    return (
        f"[{VERSION},{number},{microseconds(at)},{_text(verb)},{_key(actor)},{_text(name)},"
        f"{_key(customer)},{_key(csr)},{_key(push)},{_key(vendor)},{_object(facts)},"
        f"{_text(address)},{_text(agent)}]"
    ).encode("ascii")


def link(previous: bytes, seq: int, sealed_at: datetime | Time, event: bytes) -> bytes:
    """The hash of seal `seq`, over the seal before it and the encoded Event.

    Raises TypeError or ValueError for a time that no seal can have.
    """
    return sha256(_PLACE.pack(previous, seq, microseconds(sealed_at)) + event).digest()


@lru_cache(maxsize=64)
def microseconds(at: datetime | Time) -> int:
    """Since 1970, in UTC, whether the time says so or not."""
    if isinstance(at, int):
        return at
    if at is None:
        raise ValueError("no calendar has this time")
    known = datetime.fromisoformat(at) if isinstance(at, str) else at
    known = known if known.tzinfo else known.replace(tzinfo=UTC)
    return (known - _EPOCH) // _MICROSECOND


def told(at: Time) -> str:
    """A time in words, whatever somebody made of it."""
    try:
        return f"{_EPOCH + microseconds(at) * _MICROSECOND:%Y-%m-%d %H:%M:%S}"
    except (TypeError, ValueError, OverflowError):
        return "a time that cannot be read"


def in_microseconds(duration: timedelta) -> int:
    return duration // _MICROSECOND


# The same few verbs, people and addresses come again and again.
@lru_cache(maxsize=1024)
def _text(text: str | None) -> str:
    return "null" if text is None else _string(text)


def _key(key: str | int | None) -> str:
    if key is None:
        return "null"
    return str(key) if isinstance(key, int) else _string(key)


def _object(facts: str) -> str:
    read = _read(facts)
    if isinstance(read, dict) and all(map(_is_string, read.values())):
        return (
            f"{{{','.join([f'{_string(name)}:{_string(read[name])}' for name in sorted(read)])}}}"
        )
    return _json(read)


def _is_string(value: object) -> bool:
    return type(value) is str
