"""The signed request around CSR and signature: the same for all CSRs under one chain.

A signer makes thousands under one chain. What they share is written and judged once; each of
them is then still judged by its own bytes.
"""

import base64
import binascii
import plistlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from onboarding import errors
from onboarding.pki import certificates, push_request
from onboarding.pki import chain as chains
from onboarding.pki.chain import Chain
from onboarding.pki.trust import Trust

_PADDING, _SHA256 = PKCS1v15(), SHA256()
# Stand where CSR and signature will; neither can occur in base64, nor in a chain of PEM.
_CSR_HERE, _SIGNATURE_HERE = b"@csr@", b"@signature@"


@dataclass(frozen=True, slots=True)
class RequestFrame:
    """XML before the CSR, between CSR and signature, and after; and the key that must sign.

    Of what comes before, `opening` is already in base64: as much as makes up whole groups.
    """

    opening: bytes = field(repr=False)
    head: bytes = field(repr=False)
    middle: bytes = field(repr=False)
    tail: bytes = field(repr=False)
    vendor_key: RSAPublicKey = field(repr=False)
    vendor_key_sha256: str

    @classmethod
    def of(cls, chain: Chain, *, trust: Trust, now: datetime) -> Self:
        """The frame of `chain`, which is verified as Apple would. Raises InvalidChain."""
        vendor_key = certificates.public_key(chain.leaf)
        if not isinstance(vendor_key, RSAPublicKey):
            raise errors.InvalidChain("The vendor certificate's key is not RSA; Apple needs RSA.")
        chains.verify(chain, trust=trust, now=now)
        fingerprint = certificates.key_fingerprint(vendor_key)
        frame = cls(*_parts(chain), vendor_key, fingerprint)
        _demand_readable(frame, chain)
        return frame

    def encode(self, csr_der: bytes, signature: bytes) -> bytes:
        """The file for Apple, the very bytes of `PushCertificateRequest.encode`."""
        csr, signed = base64.b64encode(csr_der), base64.b64encode(signature)
        rest = b"".join((self.head, csr, self.middle, signed, self.tail))
        return self.opening + base64.b64encode(rest)

    def judge(self, content: bytes, *, csr_der: bytes) -> str:
        """Read `content` back: this frame, just `csr_der`, signed by the vendor key.

        Raises InvalidPushRequest. The CSR itself is for its caller to verify.
        """
        csr, signature = self._values(content)
        if csr != csr_der:
            raise errors.InvalidPushRequest("The signed request holds another CSR.")
        try:
            self.vendor_key.verify(signature, csr_der, _PADDING, _SHA256)
        except InvalidSignature as error:
            raise errors.InvalidPushRequest(
                "The signature was not made with the key of the vendor certificate."
            ) from error
        return "The signed request holds the CSR, the chain and the vendor's signature."

    def _values(self, content: bytes) -> tuple[bytes, bytes]:
        if not content.startswith(self.opening):
            raise errors.InvalidPushRequest("The signed request has another frame.")
        try:
            xml = base64.b64decode(content[len(self.opening) :], validate=True)
            inner = xml.removeprefix(self.head).removesuffix(self.tail)
            csr, middle, signature = inner.partition(self.middle)
            if not middle or len(inner) + len(self.head) + len(self.tail) != len(xml):
                raise errors.InvalidPushRequest("The signed request has another frame.")
            return _decoded(csr), _decoded(signature)
        except binascii.Error as error:
            raise errors.InvalidPushRequest("The signed request is not base64.") from error


def _decoded(value: bytes) -> bytes:
    decoded = base64.b64decode(value, validate=True)
    # The bits behind the last byte are ignored in reading, and would change the file's SHA-256.
    if base64.b64encode(decoded) != value:
        raise errors.InvalidPushRequest("The signed request is not base64 in its standard form.")
    return decoded


def _parts(chain: Chain) -> tuple[bytes, bytes, bytes, bytes]:
    # Made by the library that makes the whole request, so that the bytes are the same.
    xml = plistlib.dumps(
        {
            push_request.CSR: _CSR_HERE.decode(),
            push_request.CHAIN: chain.pem,
            push_request.SIGNATURE: _SIGNATURE_HERE.decode(),
        },
        fmt=plistlib.FMT_XML,
        sort_keys=True,
    )
    head, _, rest = xml.partition(_CSR_HERE)
    middle, _, tail = rest.partition(_SIGNATURE_HERE)
    # Three bytes make a group of base64: up to there it does not depend on what follows.
    whole = len(head) // 3 * 3
    return base64.b64encode(head[:whole]), head[whole:], middle, tail


def _demand_readable(frame: RequestFrame, chain: Chain) -> None:
    read = push_request.decode(frame.encode(b"CSR", b"signature"))
    if (read.chain.pem, read.csr_der, read.signature) != (chain.pem, b"CSR", b"signature"):
        raise errors.InvalidChain("The chain does not come out of a signed request as it went in.")
