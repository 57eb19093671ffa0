"""`vendor_identity request`: the vendor's key, and the CSR for Apple's developer account."""

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from onboarding import errors
from onboarding.pki.names import Subject
from signing.setup import files

KEY_BITS = 2048


@dataclass(frozen=True, slots=True)
class Paths:
    vendor_key: Path
    csr: Path

    @classmethod
    def within(cls, folder: Path) -> "Paths":
        # The file name's ending is what Apple's developer account asks for.
        return cls(folder / "vendor_key.pem", folder / "vendor.certSigningRequest")


def make_for_token(path: Path, *, key: rsa.RSAPrivateKey, subject: Subject) -> None:
    """Write a CSR for a key that lives in a token. Raises InvalidIdentity."""
    if key.key_size != KEY_BITS:
        raise errors.InvalidIdentity(
            f"The key in the token has {key.key_size} bits, and Apple's developer account takes"
            f" {KEY_BITS}. Make an RSA key of {KEY_BITS} bits in the token."
        )
    csr = signed_csr(key, subject=subject)
    if not csr.is_signature_valid:
        raise errors.InvalidIdentity(
            "The token's signature under the CSR is not valid for the key that the token names."
            " The public exponent must be 65537."
        )
    files.write_new(path, csr.public_bytes(Encoding.PEM), mode=files.PUBLIC)


def make(paths: Paths, *, subject: Subject, passphrase: str | None) -> None:
    """Write a new RSA-2048 key (0600, encrypted with `passphrase`) and a CSR for it."""
    vendor_key = new_key()
    csr = signed_csr(vendor_key, subject=subject).public_bytes(Encoding.PEM)
    files.write_new(paths.vendor_key, key_pem(vendor_key, passphrase=passphrase), mode=files.SECRET)
    files.write_new(paths.csr, csr, mode=files.PUBLIC)


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)


def signed_csr(key: rsa.RSAPrivateKey, *, subject: Subject) -> x509.CertificateSigningRequest:
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject.as_name())
    return builder.sign(key, hashes.SHA256())


def key_pem(vendor_key: rsa.RSAPrivateKey, *, passphrase: str | None) -> bytes:
    """PKCS#8 as PEM, encrypted when there is a passphrase."""
    encryption: KeySerializationEncryption = NoEncryption()
    if passphrase:
        encryption = BestAvailableEncryption(passphrase.encode())
    return vendor_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
