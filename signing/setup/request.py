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

from onboarding.pki.names import Subject
from signing.setup import files


@dataclass(frozen=True, slots=True)
class Paths:
    vendor_key: Path
    csr: Path

    @classmethod
    def within(cls, folder: Path) -> "Paths":
        # The file name's ending is what Apple's developer account asks for.
        return cls(folder / "vendor_key.pem", folder / "vendor.certSigningRequest")


def make(paths: Paths, *, subject: Subject, passphrase: str | None) -> None:
    """Write a new RSA-2048 key (0600, encrypted with `passphrase`) and a CSR for it."""
    vendor_key = new_key()
    csr = signed_csr(vendor_key, subject=subject).public_bytes(Encoding.PEM)
    files.write_new(paths.vendor_key, key_pem(vendor_key, passphrase=passphrase), mode=files.SECRET)
    files.write_new(paths.csr, csr, mode=files.PUBLIC)


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def signed_csr(key: rsa.RSAPrivateKey, *, subject: Subject) -> x509.CertificateSigningRequest:
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject.as_name())
    return builder.sign(key, hashes.SHA256())


def key_pem(vendor_key: rsa.RSAPrivateKey, *, passphrase: str | None) -> bytes:
    """PKCS#8 as PEM, encrypted when there is a passphrase."""
    encryption: KeySerializationEncryption = NoEncryption()
    if passphrase:
        encryption = BestAvailableEncryption(passphrase.encode())
    return vendor_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
