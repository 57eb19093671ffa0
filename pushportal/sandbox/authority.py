"""Apple, as far as a portal meets it: takes signed requests, issues and renews certificates."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from pushportal.sandbox import checker, files, keyring, profiles, records
from pushportal.sandbox.errors import RevokedCertificate
from pushportal.sandbox.keyring import Keyring, Member
from pushportal.sandbox.records import Issued, Records

TOPIC_PREFIX = "com.apple.mgmt.External"
PUSH_LIFETIME = timedelta(days=365)
VENDOR_LIFETIME = timedelta(days=365)
SAMPLE_VENDOR = "Example MDM GmbH & Co. KG"


@dataclass(frozen=True, slots=True)
class Authority:
    """The stand-in's CAs and its records, all in one folder."""

    folder: Path
    keyring: Keyring

    @classmethod
    def prepare(cls, folder: Path, *, now: datetime, vendor: str = SAMPLE_VENDOR) -> "Authority":
        """Make the authority in `folder`, or reopen the one that is there."""
        files.private_folder(folder)
        made = keyring.prepare(folder / "authority", vendor=vendor, now=now)
        authority = cls(folder, made)
        # Copies of what the keyring holds: a killed or a second process writes them again alike.
        # The anchors come last, so whoever finds them finds everything.
        _publish(authority.vendor_identity, authority.identity_pem(made.vendor))
        _publish(authority.anchors, authority.anchors_pem)
        return authority

    @property
    def anchors(self) -> Path:
        return self.folder / "anchors.pem"

    @property
    def anchors_pem(self) -> str:
        ring = self.keyring
        return ring.root.pem + ring.wwdr.pem + ring.push_ca.pem

    @property
    def vendor_identity(self) -> Path:
        """The file with the vendor's key, unencrypted, and its chain."""
        return self.folder / "vendor.pem"

    @property
    def records(self) -> Records:
        return Records(self.folder / "issued")

    def identity_pem(self, vendor: Member) -> str:
        """Key, vendor certificate, WWDR and root, for a signer."""
        return vendor.key_pem + vendor.pem + self.keyring.wwdr.pem + self.keyring.root.pem

    def check(self, data: bytes, *, now: datetime) -> x509.CertificateSigningRequest:
        """The CSR inside a signed request that Apple would take; else Refused."""
        return checker.check(data, root=self.keyring.root.certificate, now=now)[0]

    def create(self, data: bytes, *, account: str, now: datetime, notes: str = "") -> Issued:
        """A certificate with a new topic, in a row of its own."""
        return self.records.add(self._certified(data, None, account=account, now=now, notes=notes))

    def renew(
        self, topic: str, data: bytes, *, account: str, now: datetime, notes: str = ""
    ) -> Issued:
        """A new certificate for the same topic, in the same row, for the same account only."""
        # Before the upload is looked at: another account's topic is not told from an unknown one.
        if self.records.find(topic, account=account).is_revoked:
            raise RevokedCertificate(f"{topic} was revoked.")
        certified = self._certified(data, topic, account=account, now=now, notes=notes)
        return self.records.renew(certified)

    def revoke(self, topic: str, *, account: str) -> Issued:
        return self.records.revoke(topic, account=account)

    def find(self, topic: str, *, account: str) -> Issued:
        return self.records.find(topic, account=account)

    def issued(self, account: str) -> list[Issued]:
        return self.records.of_account(account)

    def issue(
        self,
        csr: bytes | x509.CertificateSigningRequest,
        *,
        topic: str | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        look_alike: bool = False,
        public_key: RSAPublicKey | None = None,
        without: frozenset[x509.ObjectIdentifier] = frozenset(),
    ) -> bytes:
        """PEM of a push certificate straight from a CSR, unchecked; odd ones for tests.

        `look_alike` signs with a key that is not the CA's and leaves all names as they are;
        `without` leaves out extensions; `public_key` replaces the CSR's.
        """
        parsed = _parsed(csr)
        key = public_key or _rsa(parsed)
        issuer = self.keyring.push_ca
        extensions = profiles.push(key, issuer.key.public_key())
        certificate = keyring.certify(
            profiles.push_name(topic or _new_topic(), country=_country(parsed)),
            key,
            [extension for extension in extensions if extension.value.oid not in without],
            issuer=issuer.certificate.subject,
            issuer_key=_strangers_key() if look_alike else issuer.key,
            between=_between(not_before, not_after, lifetime=PUSH_LIFETIME),
            serial=keyring.serial_number(octets=8),
        )
        return certificate.public_bytes(Encoding.PEM)

    def issue_vendor(
        self,
        csr: bytes | x509.CertificateSigningRequest,
        *,
        vendor: str = SAMPLE_VENDOR,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
    ) -> bytes:
        """DER of a vendor certificate for a vendor's CSR, as from Apple's developer account."""
        key = _rsa(_parsed(csr))
        issuer = self.keyring.wwdr
        certificate = keyring.certify(
            profiles.vendor_name(vendor, team="SANDBOX123", country="US"),
            key,
            profiles.vendor(key, issuer.key.public_key()),
            issuer=issuer.certificate.subject,
            issuer_key=issuer.key,
            between=_between(not_before, not_after, lifetime=VENDOR_LIFETIME),
            serial=keyring.serial_number(octets=16),
        )
        return certificate.public_bytes(Encoding.DER)

    def _certified(
        self, data: bytes, topic: str | None, *, account: str, now: datetime, notes: str
    ) -> Issued:
        csr, vendor = checker.check(data, root=self.keyring.root.certificate, now=now)
        pem = self.issue(csr, topic=topic, not_before=now)
        return records.of_pem(pem, account=account, vendor=vendor, notes=notes)


def _publish(path: Path, content: str) -> None:
    wanted = content.encode("ascii")
    if not path.exists() or path.read_bytes() != wanted:
        files.write(path, wanted)


def _between(
    begin: datetime | None, end: datetime | None, *, lifetime: timedelta
) -> tuple[datetime, datetime]:
    """What is not given is chosen so that the other fits: an end in the past moves the start."""
    if begin is None:
        now = datetime.now(UTC)
        begin = min(now, end - lifetime) if end else now
    return begin, end or begin + lifetime


def _parsed(csr: bytes | x509.CertificateSigningRequest) -> x509.CertificateSigningRequest:
    if not isinstance(csr, bytes):
        return csr
    is_pem = b"-----BEGIN" in csr
    return x509.load_pem_x509_csr(csr) if is_pem else x509.load_der_x509_csr(csr)


def _rsa(csr: x509.CertificateSigningRequest) -> RSAPublicKey:
    key = csr.public_key()
    if not isinstance(key, RSAPublicKey):
        raise TypeError("The CSR's key is not RSA.")
    return key


def _country(csr: x509.CertificateSigningRequest) -> str:
    # A CSR with O and emailAddress alone is accepted, and Apple's certificates always say one.
    names = csr.subject.get_attributes_for_oid(x509.NameOID.COUNTRY_NAME)
    return str(names[0].value) if names else "US"


def _new_topic() -> str:
    return f"{TOPIC_PREFIX}.{uuid.uuid4()}"


@cache
def _strangers_key() -> RSAPrivateKey:
    return keyring.new_key()
