"""Signed requests built by hand, so that each of their parts can be made wrong."""

import base64
import plistlib
from dataclasses import dataclass, field
from functools import cache
from itertools import cycle
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID

from pushportal.sandbox.authority import Authority

PARTS = {"C": NameOID.COUNTRY_NAME, "CN": NameOID.COMMON_NAME, "O": NameOID.ORGANIZATION_NAME}


@cache
def _kept_key(_number: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


_numbers = cycle(range(6))


def some_key() -> rsa.RSAPrivateKey:
    """Another key than the last few times; a new one every time would take long."""
    return _kept_key(next(_numbers))


def csr_der(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | None = None,
    *,
    digest: hashes.SHA256 | hashes.SHA384 | None = None,
    **subject: str,
) -> bytes:
    signing_key = key or some_key()
    pairs = subject or {"CN": "Acme", "C": "DE"}
    name = x509.Name([x509.NameAttribute(PARTS[part], text) for part, text in pairs.items()])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    return builder.sign(signing_key, digest or hashes.SHA256()).public_bytes(Encoding.DER)


@dataclass
class SignedRequest:
    """A good signed request of this authority's vendor; set a field to spoil it."""

    apple: Authority
    csr: bytes = field(default_factory=csr_der)
    chain: str = ""
    signature: bytes = b""

    def __post_init__(self) -> None:
        # Read back from the file, as a signer would: the identity file is tested along the way.
        identity = self.apple.vendor_identity.read_text()
        key_pem, begin, rest = identity.partition("-----BEGIN CERTIFICATE-----")
        self.chain = self.chain or begin + rest
        self.key = cast(
            rsa.RSAPrivateKey,
            load_pem_private_key(key_pem.encode(), None, unsafe_skip_rsa_key_validation=True),
        )
        self.signature = self.signature or self.sign(hashes.SHA256())

    def sign(self, digest: hashes.SHA1 | hashes.SHA256) -> bytes:
        return self.key.sign(self.csr, PKCS1v15(), digest)

    @property
    def blocks(self) -> list[str]:
        end = "-----END CERTIFICATE-----\n"
        return [block + end for block in self.chain.split(end) if block]

    def values(self) -> dict[str, object]:
        return {
            "PushCertRequestCSR": base64.b64encode(self.csr).decode(),
            "PushCertCertificateChain": self.chain,
            "PushCertSignature": base64.b64encode(self.signature).decode(),
        }

    def encode(self, **changed: object) -> bytes:
        return base64.b64encode(plistlib.dumps({**self.values(), **changed}))
