"""What comes back: for each CSR its signature, or why there is none; the chain once for all."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from onboarding import errors
from onboarding.pki.chain import Chain
from signing.airgap import carried
from signing.airgap.carried import Carried, Kind, Written
from signing.airgap.export import uuid

PURPOSE = "Signatures from the offline machine, to be imported: manage.py signing import FILE"


@dataclass(frozen=True, slots=True)
class Signature:
    csr_id: UUID
    der: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    def as_record(self) -> dict[str, str]:
        record = {"id": str(self.csr_id), "der": carried.encoded(self.der)}
        return {**record, "signature": carried.encoded(self.signature)}


@dataclass(frozen=True, slots=True)
class Failure:
    """`code` and `sentence` are for a person's eyes: the import finds its own reason."""

    csr_id: UUID
    der: bytes = field(repr=False)
    code: str
    sentence: str

    def as_record(self) -> dict[str, str]:
        record = {"id": str(self.csr_id), "der": carried.encoded(self.der)}
        return {**record, "code": self.code, "sentence": self.sentence}


Result = Signature | Failure


def of(line: bytes) -> Result:
    """The result in a line. Raises InvalidSigningFile."""
    if "signature" in (carried.parsed(line) or {}):
        pk, der, signature = carried.texts(line, "id", "der", "signature")
        return Signature(uuid(pk), carried.decoded(der), carried.decoded(signature))
    pk, der, code, sentence = carried.texts(line, "id", "der", "code", "sentence")
    return Failure(uuid(pk), carried.decoded(der), code, sentence)


def write(
    file: BinaryIO, results: Iterable[Result], *, export: Carried, chain: Chain, now: datetime
) -> Written:
    header = {
        "purpose": PURPOSE,
        "instance": export.header.get("instance", ""),
        "export_sha256": export.sha256,
        "created_at": now.isoformat(timespec="seconds"),
        "chain": chain.pem,
    }
    return carried.write(
        file, Kind.RESULTS, header=header, records=(one.as_record() for one in results)
    )


def chain(file: Carried) -> Chain:
    """The chain under which the results were signed; only its form is checked."""
    try:
        return Chain.of_pem(file.header.get("chain", ""))
    except errors.InvalidChain as error:
        raise errors.InvalidSigningFile(
            f"The chain in this file is not the one that `manage.py signing sign` wrote: {error}"
        ) from error
