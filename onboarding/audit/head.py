"""A signed head: number and hash of the last seal at a moment, for whoever keeps it elsewhere.

It is a JSON object. Signed, with Ed25519, is the line below followed by that object without its
`signature`, in ASCII, its names sorted, without white space.
"""

import base64
import binascii
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from onboarding import errors

KIND, VERSION = "push portal audit head", 1
_CONTEXT = b"push portal audit head, version 1\n"
_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"
_HASH = re.compile(r"[0-9a-f]{64}")
# Far more than a head has.
_LONGEST = 10_000


@dataclass(frozen=True, slots=True)
class Head:
    """The portal at `portal` said then: the chain has `seq` seals, the last with `hash` in hex."""

    seq: int
    hash: str
    made_at: datetime
    portal: str

    @property
    def name(self) -> str:
        """Of its file: in the order of the chain."""
        return f"{self.seq:015d}-{self.hash[:16]}.json"

    def signed_bytes(self, key_id: str) -> bytes:
        return _CONTEXT + _as_json(self.fields(key_id)).encode("ascii")

    def document(self, key_id: str, signature: bytes) -> str:
        """The head as it leaves."""
        signed = {"signature": base64.b64encode(signature).decode("ascii")}
        return _as_json({**self.fields(key_id), **signed})

    def fields(self, key_id: str) -> dict[str, object]:
        """What is signed, by its names as JSON."""
        return {
            "kind": KIND,
            "version": VERSION,
            "sequence": self.seq,
            # The chain has no holes, so its length is the number of the last one.
            "events": self.seq,
            "hash": self.hash,
            "made_at": f"{self.made_at.astimezone(UTC):{_TIME}}",
            "portal": self.portal,
            "key": key_id,
        }


def verify(document: str, public_keys: Sequence[str]) -> Head:
    """The head in `document`, if one of the keys (base64) signed it. Raises InvalidHead."""
    try:
        if len(document) > _LONGEST:
            raise ValueError("too long")
        fields = json.loads(document, object_pairs_hook=_each_once)
        signature = base64.b64decode(fields["signature"], validate=True)
        head = Head(
            seq=int(fields["sequence"]),
            hash=str(fields["hash"]),
            made_at=datetime.strptime(fields["made_at"], _TIME).replace(tzinfo=UTC),
            portal=str(fields["portal"]),
        )
        named = str(fields["key"])
    except (ValueError, TypeError, KeyError, binascii.Error, RecursionError) as error:
        raise errors.InvalidHead("This is no head of an audit trail.") from error
    if not _HASH.fullmatch(head.hash) or head.seq < 1:
        raise errors.InvalidHead("This is no head of an audit trail.")
    _demand_signature(head, named, signature, public_keys)
    # What was signed is made of the four above; whoever keeps the head reads the others, too.
    if {**fields, "signature": ""} != {**head.fields(named), "signature": ""}:
        raise errors.InvalidHead("This head does not say what was signed: it was changed.")
    return head


def key_id(public_key: str) -> str:
    """The first 16 hex digits of the key's SHA-256, by which a head names it."""
    return sha256(raw(public_key)).hexdigest()[:16]


def public_keys() -> list[str]:
    """The keys of AUDIT_PUBLIC_KEY, the newest first."""
    return str(settings.AUDIT_PUBLIC_KEY).split()


def raw(public_key: str) -> bytes:
    """The 32 bytes of a key in base64. Raises InvalidAuditKey."""
    try:
        key = base64.b64decode(public_key, validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != 32:
        raise errors.InvalidAuditKey(
            "An audit key is 32 bytes in base64, as `manage.py audit new` makes it; this is none."
        )
    return key


def _demand_signature(head: Head, named: str, signature: bytes, public_keys: Sequence[str]) -> None:
    for public_key in public_keys:
        if key_id(public_key) == named:
            try:
                Ed25519PublicKey.from_public_bytes(raw(public_key)).verify(
                    signature, head.signed_bytes(named)
                )
            except InvalidSignature as error:
                raise errors.InvalidHead(
                    "The signature of this head is not right: it was changed."
                ) from error
            return
    known = ", ".join(map(key_id, public_keys)) or "none"
    raise errors.InvalidHead(
        "This head was signed with the key %(named)s; known here: %(known)s. Give an older public"
        " key with AUDIT_PUBLIC_KEY, too.",
        named=named[:32],
        known=known,
    )


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    # Of two with one name, one is read here and perhaps the other by a person.
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a name is there twice")
    return fields


def _as_json(fields: dict[str, object]) -> str:
    return json.dumps(fields, sort_keys=True, separators=(",", ":"))
