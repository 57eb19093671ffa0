"""Push keys: made, sealed and opened.

A sealed key is PKCS#8 DER, sealed to the custody key with the CSR's id as `info`.
"""

from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from onboarding import errors
from onboarding import seal as sealing
from onboarding.keys import custody_key
from onboarding.pki import certificates
from onboarding.pki.names import Subject

PushKey = rsa.RSAPrivateKey


def new_push_key() -> PushKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def build_csr(push_key: PushKey, subject: Subject) -> bytes:
    """A PKCS#10 CSR for `subject`, as DER, signed with SHA-256."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject.as_name())
    return builder.sign(push_key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def public_key_sha256(push_key: PushKey) -> str:
    """By this a CSR's row knows its key."""
    return certificates.key_fingerprint(push_key.public_key())


def seal(push_key: PushKey, *, csr_id: UUID, custody_public_key: str) -> bytes:
    """The key, sealed so that only the custody key opens it, for this CSR only."""
    der = push_key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    info = sealing.info_of_csr(csr_id)
    return sealing.seal(der, info=info, custody_public_key=custody_public_key)


def unseal(sealed: bytes, *, csr_id: UUID, custody_private_key: str) -> PushKey:
    """The push key that `seal` sealed; InvalidSeal for another custody key or another CSR."""
    info = sealing.info_of_csr(csr_id)
    der = custody_key.unseal(sealed, info=info, custody_private_key=custody_private_key)
    push_key = serialization.load_der_private_key(
        der, password=None, unsafe_skip_rsa_key_validation=True
    )
    if not isinstance(push_key, rsa.RSAPrivateKey):
        raise errors.InvalidSeal("The sealed push key is no RSA key.")
    return push_key
