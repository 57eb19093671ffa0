"""What goes out: the approved CSRs, each with its customer and subject for a person's eyes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Self
from uuid import UUID

from onboarding import errors
from signing.airgap import carried
from signing.airgap.carried import Kind, Written

PURPOSE = "Approved CSRs, to be signed offline: manage.py signing sign FILE -o RESULTS"
_NAMES = ("id", "customer", "subject", "public_key_sha256", "der")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A CSR that waits for its signature. Only `der` is signed; the rest says whose it is."""

    csr_id: UUID
    customer: str
    subject: str
    public_key_sha256: str
    der: bytes = field(repr=False)

    def as_record(self) -> dict[str, str]:
        values = (str(self.csr_id), self.customer, self.subject, self.public_key_sha256)
        return dict(zip(_NAMES, (*values, carried.encoded(self.der)), strict=True))

    @classmethod
    def of(cls, line: bytes) -> Self:
        """Raises InvalidSigningFile."""
        pk, customer, subject, public_key_sha256, der = carried.texts(line, *_NAMES)
        return cls(uuid(pk), customer, subject, public_key_sha256, carried.decoded(der))


def write(file: BinaryIO, waiting: Iterable[Waiting], *, instance: str, now: datetime) -> Written:
    header = {
        "purpose": PURPOSE,
        "instance": instance,
        "created_at": now.isoformat(timespec="seconds"),
    }
    return carried.write(
        file, Kind.EXPORT, header=header, records=(one.as_record() for one in waiting)
    )


def uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise errors.InvalidSigningFile("It names no CSR: its id is not one.") from error
