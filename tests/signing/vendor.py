"""The vendor's key and certificates in every form in which they come, good and odd."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from onboarding.pki.trust import Trust
from pushportal.sandbox import keyring, profiles
from pushportal.sandbox.authority import Authority

PASSPHRASE = "correct horse battery staple"


@dataclass(frozen=True)
class Vendor:
    """Files of the stand-in's vendor, made in `folder`."""

    apple: Authority
    folder: Path

    @property
    def key(self) -> rsa.RSAPrivateKey:
        return self.apple.keyring.vendor.key

    @property
    def leaf(self) -> str:
        return self.apple.keyring.vendor.pem

    @property
    def chain(self) -> str:
        ring = self.apple.keyring
        return ring.vendor.pem + ring.wwdr.pem + ring.root.pem

    @property
    def trust(self) -> Trust:
        return Trust.of_pem(self.apple.anchors_pem)

    def file(self, name: str, content: str | bytes) -> Path:
        """A file for its owner alone."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(0o600)
        return path

    def pem(self, *, passphrase: str | None = None, certificates: str | None = None) -> Path:
        """An identity: the key, then `certificates`, the whole chain unless given."""
        chain = self.chain if certificates is None else certificates
        return self.file("identity.pem", key_pem(self.key, passphrase) + chain)

    def pkcs12(self, *options: str, passphrase: str = PASSPHRASE) -> Path:
        """An identity as `openssl pkcs12 -export` writes it."""
        path = self.folder / "identity.p12"
        command = ["openssl", "pkcs12", "-export", "-in", str(self.pem()), "-out", str(path)]
        subprocess.run([*command, "-passout", f"pass:{passphrase}", *options], check=True)
        path.chmod(0o600)
        return path

    def certificate(self, *, begin: datetime | None = None, end: datetime | None = None) -> str:
        """Another certificate for the vendor's key, as from Apple's developer account."""
        der = self.apple.issue_vendor(
            csr_der(self.key), not_before=begin, not_after=end, vendor="Example MDM"
        )
        return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM).decode()

    def push_certificate(self) -> str:
        """A push certificate for the vendor's key, which no vendor should have."""
        return self.apple.issue(csr_der(self.key)).decode()

    def unmarked(self) -> Path:
        """An identity whose certificate lacks Apple's marker, its name included."""
        ring, now = self.apple.keyring, datetime.now(UTC)
        extensions = profiles.vendor(self.key.public_key(), ring.wwdr.key.public_key())
        leaf = keyring.certify(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Someone")]),
            self.key.public_key(),
            [one for one in extensions if one.value.oid != profiles.VENDOR_MARKER],
            issuer=ring.wwdr.certificate.subject,
            issuer_key=ring.wwdr.key,
            between=(now - timedelta(days=1), now + timedelta(days=300)),
            serial=keyring.serial_number(octets=8),
        )
        return self.pem(certificates=leaf.public_bytes(Encoding.PEM).decode())


def key_pem(key: CertificateIssuerPrivateKeyTypes, passphrase: str | None = None) -> str:
    encryption: KeySerializationEncryption = NoEncryption()
    if passphrase:
        encryption = BestAvailableEncryption(passphrase.encode())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode()


def csr_der(
    key: CertificateIssuerPrivateKeyTypes,
    *,
    name: str = "Acme",
    extra: bytes = b"",
    further: Sequence[tuple[x509.ObjectIdentifier, str]] = (),
) -> bytes:
    """A CSR for `key`; `extra` makes it as large as one likes, `further` goes into its subject."""
    attributes = [(NameOID.COMMON_NAME, name), (NameOID.COUNTRY_NAME, "DE"), *further]
    subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    if extra:
        filler = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), extra)
        builder = builder.add_extension(filler, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
