"""Push keys: made, sealed and opened here, in the worker alone.

A sealed key is HPKE (RFC 9180: DHKEM X25519, HKDF-SHA256, AES-256-GCM) to the custody key, with
the CSR's id as `info`: moved to another CSR's row it does not open.
"""

import base64
import binascii
from uuid import UUID

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from onboarding import errors
from onboarding.pki.names import Subject

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def new_push_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def build_csr(push_key: rsa.RSAPrivateKey, subject: Subject) -> bytes:
    """A PKCS#10 CSR for `subject`, as DER, signed with SHA-256."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject.as_name())
    return builder.sign(push_key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def seal(push_key: rsa.RSAPrivateKey, *, csr_id: UUID, custody_public_key: str) -> bytes:
    """The key as PKCS#8 DER, sealed so that only the custody key opens it, for this CSR only."""
    der = push_key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public_key = X25519PublicKey.from_public_bytes(_raw(custody_public_key, "CUSTODY_PUBLIC_KEY"))
    return _SUITE.encrypt(der, public_key, info=_info(csr_id))


def unseal(sealed: bytes, *, csr_id: UUID, custody_private_key: str) -> rsa.RSAPrivateKey:
    """The push key that `seal` sealed; InvalidSeal for another custody key or another CSR."""
    private_key = X25519PrivateKey.from_private_bytes(
        _raw(custody_private_key, "CUSTODY_PRIVATE_KEY")
    )
    try:
        der = _SUITE.decrypt(sealed, private_key, info=_info(csr_id))
    except (InvalidTag, ValueError) as error:
        raise errors.InvalidSeal(
            "The sealed push key does not open: it belongs to another CSR or another custody key."
        ) from error
    push_key = serialization.load_der_private_key(
        der, password=None, unsafe_skip_rsa_key_validation=True
    )
    if not isinstance(push_key, rsa.RSAPrivateKey):
        raise errors.InvalidSeal("The sealed push key is no RSA key.")
    return push_key


def new_custody_key_pair() -> tuple[str, str]:
    """A new custody key: private and public half, each as base64 of 32 bytes."""
    private_key = X25519PrivateKey.generate()
    return (
        base64.b64encode(private_key.private_bytes_raw()).decode(),
        base64.b64encode(private_key.public_key().public_bytes_raw()).decode(),
    )


def custody_public_half(custody_private_key: str) -> str:
    """The public key that belongs to this custody key, as base64 of 32 bytes."""
    raw = _raw(custody_private_key, "CUSTODY_PRIVATE_KEY")
    public_key = X25519PrivateKey.from_private_bytes(raw).public_key()
    return base64.b64encode(public_key.public_bytes_raw()).decode()


def _info(csr_id: UUID) -> bytes:
    return b"pushportal push key of CSR " + str(csr_id).encode()


def _raw(encoded: str, setting: str) -> bytes:
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != 32:
        # No `from`: the traceback of a private key's setting must not show its value.
        raise errors.InvalidSeal(f"{setting} must be base64 of 32 bytes.") from None
    return raw
