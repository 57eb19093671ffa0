"""One CSR becomes one signed request: verified anew, signed, and judged as Apple would judge it."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from onboarding import errors
from onboarding.pki import certificates, push_request
from onboarding.pki import csr as csrs
from onboarding.pki.chain import Chain
from onboarding.pki.csr import CSR
from onboarding.pki.push_request import PushCertificateRequest
from onboarding.pki.trust import Trust
from signing.identity import SigningIdentity


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """`content` is the file for Apple, `sha256` its digest as hex."""

    csr: CSR
    signature: bytes = field(repr=False)
    content: bytes = field(repr=False)
    sha256: str


def sign(
    csr_der: bytes, *, identity: SigningIdentity, trust: Trust, now: datetime
) -> SignedRequest:
    """The signed request for this CSR; the same CSR and identity give the same bytes.

    Raises InvalidIdentity when the identity is to blame, another PortalError when the CSR is.
    """
    csr = csrs.verify(csr_der)
    _refuse_vendor_key(csr, identity.chain)
    request = PushCertificateRequest(csr.der, identity.chain, identity.sign(csr.der))
    content = request.encode()
    _judge(request, content, trust=trust, now=now)
    return SignedRequest(csr, request.signature, content, sha256(content).hexdigest())


def _refuse_vendor_key(csr: CSR, chain: Chain) -> None:
    vendor_key = certificates.public_key(chain.leaf)
    if vendor_key and certificates.key_fingerprint(vendor_key) == csr.public_key_sha256:
        raise errors.KeyReused(
            "The CSR was made with the vendor's own key, which must never leave the vendor. The"
            " customer needs a key of its own: make a new key and a CSR for it."
        )


def _judge(request: PushCertificateRequest, content: bytes, *, trust: Trust, now: datetime) -> None:
    try:
        # Asked for by itself: a broken signature is the identity's fault, whatever the CSR.
        push_request.is_signed(request)
    except errors.InvalidPushRequest as error:
        raise errors.InvalidIdentity(f"The signing identity is not fit: {error}") from error
    try:
        push_request.verify(content, trust=trust, now=now)
    except errors.InvalidChain as error:
        raise errors.InvalidIdentity(f"The signing identity is not fit: {error}") from error
