"""Each result is verified as always: what it says is replayed before the online signer's bench.

The file came on a stick, so nothing in it is believed. A signature must verify over the row's own
CSR, and a failure counts only if the CSR fails here as well, with the reason that is found here.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from onboarding import errors, lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import CSR, VendorCertificate
from onboarding.pki import certificates
from onboarding.pki import csr as csrs
from onboarding.pki.chain import Chain
from onboarding.pki.trust import Trust
from signing import fitness, sign
from signing.airgap.results import Failure, Result, Signature
from signing.sign import Bench, SignedRequest, demand_key

# An InvalidResult when the result is to blame, any other error when the CSR is.
Verdict = SignedRequest | errors.PortalError


@dataclass(frozen=True, slots=True)
class Replayed:
    """An identity that signed elsewhere: here it can only give back the signature that came."""

    chain: Chain
    signature: bytes = b""

    def sign(self, data: bytes) -> bytes:  # noqa: ARG002 - whether it fits is for the bench
        return self.signature


@dataclass(frozen=True, slots=True)
class Desk:
    """What taking results in needs, the same for the whole file."""

    bench: Bench
    vendor_certificate: VendorCertificate

    def replaying(self, result: Result) -> Bench:
        signature = result.signature if isinstance(result, Signature) else b""
        # Of another length it is none; a very long one would be laid to the CSR as too large.
        if len(signature) != self.bench.frame.vendor_key.key_size // 8:
            signature = b""
        return replace(self.bench, identity=Replayed(self.bench.identity.chain, signature))


def demand_fit(chain: Chain, *, trust: Trust, now: datetime) -> None:
    """Raise InvalidIdentity unless Apple would take requests under this chain now."""
    fitness.demand_vendor_certificate(chain)
    sign.set_up(Replayed(chain), trust=trust, now=now)


def is_known(chain: Chain) -> bool:
    """Was this vendor certificate announced before?"""
    sha256 = certificates.fingerprint(chain.leaf)
    return VendorCertificate.objects.filter(fingerprint_sha256=sha256).exists()


def prepare(chain: Chain, *, trust: Trust, now: datetime) -> Desk:
    """Announce the vendor certificate of a fit chain. Raises InvalidIdentity."""
    demand_fit(chain, trust=trust, now=now)
    announced = lifecycle.announce_vendor_certificate(chain, by=Actor.signer())
    announced.note_in_use(now=now)
    # Downloads are made from the recorded chain, so that one is judged, not the file's.
    recorded = Chain.of_pem(announced.chain)
    return Desk(sign.set_up(Replayed(recorded), trust=trust, now=now), announced)


def of(result: Result, *, csr: CSR | None, desk: Desk) -> Verdict:
    """The signed request of the row `csr`, or the reason against it."""
    if csr is None:
        return errors.InvalidResult("No CSR of this id is known here: it is of another portal.")
    if bytes(csr.der or b"") != result.der:
        return errors.InvalidResult(
            "The result holds another CSR than the one that is kept here: the file was changed, or"
            " the database was. Find out which; then export and sign it again."
        )
    try:
        return _judged(csr, result, desk)
    except errors.InvalidIdentity:
        return _unfounded(result)
    except errors.PortalError as error:
        return error


def _judged(csr: CSR, result: Result, desk: Desk) -> SignedRequest:
    if isinstance(result, Failure):
        # In full, as the offline machine did: else its reason might not be found.
        demand_key(
            csrs.verify(result.der).public_key_sha256, submitted_sha256=csr.public_key_sha256
        )
    signed = desk.replaying(result).sign(result.der)
    demand_key(signed.public_key_sha256, submitted_sha256=csr.public_key_sha256)
    return signed


def _unfounded(result: Result) -> errors.InvalidResult:
    """The CSR is fit, and the bench stumbled over the signature: a wrong one, or none."""
    if isinstance(result, Signature):
        return errors.InvalidResult(
            "Its signature was not made over this CSR with the key of the vendor certificate in"
            " the file: the file was changed. Export and sign it again."
        )
    return errors.InvalidResult(
        "The file says that it could not be signed, but nothing is wrong with it here: the file"
        " was changed, or the machines run different releases. Export and sign it again."
    )
