"""One CSR becomes one signed request: verified anew, signed, and judged as Apple would judge it."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from onboarding import errors
from onboarding.pki import certificates, kinds
from onboarding.pki import csr as csrs
from onboarding.pki.request_frame import RequestFrame
from onboarding.pki.trust import Trust
from signing.identity import SigningIdentity


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """`content` is the file for Apple, `sha256` its digest as hex."""

    public_key_sha256: str
    signature: bytes = field(repr=False)
    content: bytes = field(repr=False)
    sha256: str


@dataclass(frozen=True, slots=True)
class Bench:
    """An identity, and the frame of its chain: what signing takes, for one CSR after the other."""

    identity: SigningIdentity
    frame: RequestFrame

    def sign(self, csr_der: bytes) -> SignedRequest:
        """The signed request for a CSR that was verified when it came in; checked here again.

        Raises InvalidIdentity when the identity is to blame, another PortalError when the CSR is.
        """
        public_key_sha256 = certificates.key_fingerprint(csrs.reverify(csr_der))
        if public_key_sha256 == self.frame.vendor_key_sha256:
            raise errors.KeyReused(
                "The CSR was made with the vendor's own key, which must never leave the vendor. The"
                " customer needs a key of its own: make a new key and a CSR for it."
            )
        signature = self.identity.sign(csr_der)
        content = self.frame.encode(csr_der, signature)
        if len(content) > kinds.UPLOAD_LIMIT:
            raise errors.UploadTooLarge(
                f"The CSR has {len(csr_der)} bytes, and the signed request would be larger than"
                " 64 KB. Make the CSR again without what does not belong into it."
            )
        try:
            self.frame.judge(content, csr_der=csr_der)
        except errors.InvalidPushRequest as error:
            raise errors.InvalidIdentity(f"The signing identity is not fit: {error}") from error
        return SignedRequest(public_key_sha256, signature, content, sha256(content).hexdigest())


def set_up(identity: SigningIdentity, *, trust: Trust, now: datetime) -> Bench:
    """What signing takes, the chain verified down to the pinned root. Raises InvalidIdentity."""
    try:
        return Bench(identity, RequestFrame.of(identity.chain, trust=trust, now=now))
    except errors.InvalidChain as error:
        raise errors.InvalidIdentity(f"The signing identity is not fit: {error}") from error


def sign(
    csr_der: bytes, *, identity: SigningIdentity, trust: Trust, now: datetime
) -> SignedRequest:
    """The signed request for a CSR of unknown origin; the same CSR and identity, the same bytes.

    Raises InvalidIdentity when the identity is to blame, another PortalError when the CSR is.
    """
    csr = csrs.verify(csr_der)
    return set_up(identity, trust=trust, now=now).sign(csr.der)


def demand_key(found_sha256: str, *, submitted_sha256: str) -> None:
    """That the CSR at hand holds the key it was submitted with. Raises DamagedRecord."""
    if found_sha256 != submitted_sha256:
        raise errors.DamagedRecord(
            "The stored CSR is not the one that was submitted: its key has another fingerprint."
            " Reject it, and find out who changed the database."
        )
