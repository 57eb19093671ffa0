"""Signing on the machine without network: a signature for each CSR, or why there is none."""

from onboarding import errors
from onboarding.pki import csr as csrs
from signing.airgap.export import Waiting
from signing.airgap.results import Failure, Result, Signature
from signing.sign import Bench, SignedRequest, demand_key


def sign(waiting: Waiting, *, bench: Bench) -> Result:
    """A CSR that cannot be signed fails alone. Raises InvalidIdentity."""
    try:
        signed = _signed(waiting, bench)
    except errors.InvalidIdentity:
        raise
    except errors.PortalError as error:
        return Failure(waiting.csr_id, waiting.der, error.code, error.sentence)
    return Signature(waiting.csr_id, waiting.der, signed.signature)


def _signed(waiting: Waiting, bench: Bench) -> SignedRequest:
    # In full, weak keys too: who wrote the file is not known here.
    found = csrs.verify(waiting.der).public_key_sha256
    demand_key(found, submitted_sha256=waiting.public_key_sha256)
    return bench.sign(waiting.der)
