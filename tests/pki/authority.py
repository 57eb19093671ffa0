"""An authority for these tests: the genuine certificates' names and shape, under own keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from onboarding.pki import apple
from onboarding.pki.trust import Trust

# openssl and certtool judge by the real clock.
NOW = datetime.now(UTC).replace(microsecond=0)
YEAR = timedelta(days=365)
TOPIC = "com.apple.mgmt.External.11111111-2222-3333-4444-555555555555"

Extensions = Sequence[tuple[x509.ExtensionType, bool]]


@cache
def key(whose: str) -> rsa.RSAPrivateKey:
    """An RSA-2048 key, the same for the same name as long as the suite runs."""
    return rsa.generate_private_key(65537, 2048)


def name(**parts: str) -> x509.Name:
    """`name(UID=…, CN=…)` in that order."""
    oids = {
        "UID": NameOID.USER_ID,
        "CN": NameOID.COMMON_NAME,
        "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
        "O": NameOID.ORGANIZATION_NAME,
        "C": NameOID.COUNTRY_NAME,
        "EMAIL": NameOID.EMAIL_ADDRESS,
    }
    return x509.Name([x509.NameAttribute(oids[part], value) for part, value in parts.items()])


def private(oid: str, value: bytes = b"\x05\x00") -> x509.UnrecognizedExtension:
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value)


def usage(*, issuing: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not issuing,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=issuing,
        crl_sign=issuing,
        encipher_only=False,
        decipher_only=False,
    )


@dataclass(frozen=True)
class Issuer:
    """A CA certificate with the name of its key."""

    certificate: x509.Certificate
    whose: str


def issue(
    subject: x509.Name,
    whose: str,
    *,
    by: Issuer | None,
    extensions: Extensions,
    begin: datetime = NOW - timedelta(days=1),
    end: datetime = NOW + YEAR,
) -> x509.Certificate:
    """A certificate for the key of `whose`, signed by `by`, or by itself."""
    issuer = by.certificate.subject if by else subject
    builder = (
        x509.CertificateBuilder(issuer, subject, key(whose).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )
    # Without key identifiers, openssl's strict mode refuses an intermediate.
    own = x509.SubjectKeyIdentifier.from_public_key(key(whose).public_key())
    issuers = x509.AuthorityKeyIdentifier.from_issuer_public_key(
        key(by.whose if by else whose).public_key()
    )
    for extension, critical in (*extensions, (own, False), (issuers, False)):
        builder = builder.add_extension(extension, critical)
    return builder.sign(key(by.whose if by else whose), SHA256())


def ca(path_length: int | None = None) -> Extensions:
    return (
        (x509.BasicConstraints(ca=True, path_length=path_length), True),
        (usage(issuing=True), True),
    )


def root(whose: str = "root") -> Issuer:
    return Issuer(issue(apple.ROOT.subject, whose, by=None, extensions=ca()), whose)


def wwdr(by: Issuer, whose: str = "wwdr", extensions: Extensions | None = None) -> Issuer:
    shape = extensions or (*ca(0), (private("1.2.840.113635.100.6.2.1"), False))
    return Issuer(issue(apple.WWDR_G3.subject, whose, by=by, extensions=shape), whose)


def push_ca(by: Issuer, whose: str = "push ca") -> Issuer:
    subject = name(
        CN="Apple Application Integration 2 Certification Authority",
        OU="Apple Certification Authority",
        O="Apple Inc.",
        C="US",
    )
    return Issuer(issue(subject, whose, by=by, extensions=ca(0)), whose)


VENDOR_EXTENSIONS: Extensions = (
    (x509.BasicConstraints(ca=False, path_length=None), True),
    (usage(issuing=False), True),
    (private("1.2.840.113635.100.4.12"), False),
    (private("1.2.840.113635.100.6.1.12"), True),
)
VENDOR = name(UID="ABCDE12345", CN="MDM Vendor: Acme MDM", OU="ABCDE12345", O="Acme MDM", C="DE")


def vendor(
    by: Issuer,
    whose: str = "vendor",
    extensions: Extensions = VENDOR_EXTENSIONS,
    begin: datetime = NOW - timedelta(days=1),
    end: datetime = NOW + YEAR,
) -> x509.Certificate:
    return issue(VENDOR, whose, by=by, extensions=extensions, begin=begin, end=end)


def issued_in_name_of(issuer: x509.Name, subject: x509.Name, whose: str) -> x509.Certificate:
    """A CA certificate that names `issuer`, whoever that is."""
    stand_in = issue(issuer, "stand-in", by=None, extensions=ca())
    return issue(subject, whose, by=Issuer(stand_in, "stand-in"), extensions=ca())


PUSH_EXTENSIONS: dict[str, tuple[x509.ExtensionType, bool]] = {
    "constraints": (x509.BasicConstraints(ca=False, path_length=None), False),
    "purpose": (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False),
    "usage": (usage(issuing=False), False),
    "push": (private("1.2.840.113635.100.6.3.2"), False),
}


def push(
    by: Issuer,
    whose: str = "push",
    topic: str = TOPIC,
    begin: datetime = NOW - timedelta(days=1),
    end: datetime = NOW + YEAR,
    extensions: dict[str, tuple[x509.ExtensionType, bool]] = PUSH_EXTENSIONS,
) -> x509.Certificate:
    subject = name(UID=topic, CN=f"APSP:{topic.rpartition('.')[2]}", C="DE")
    return issue(subject, whose, by=by, extensions=tuple(extensions.values()), begin=begin, end=end)


def with_sha1(certificate: x509.Certificate, by: Issuer) -> x509.Certificate:
    """The same certificate, signed with SHA-1: cryptography's builder refuses to."""
    sha256, sha1 = (bytes.fromhex(f"06092a864886f70d0101{last}") for last in ("0b", "05"))
    tbs = certificate.tbs_certificate_bytes.replace(sha256, sha1)
    signature = key(by.whose).sign(tbs, padding.PKCS1v15(), SHA1())  # noqa: S303 - to be refused
    encoded = certificate.public_bytes(Encoding.DER).replace(sha256, sha1)
    return x509.load_der_x509_certificate(encoded[: -len(signature)] + signature)


def with_other_bytes(certificate: x509.Certificate, old: str, new: str) -> x509.Certificate:
    """The same certificate with some bytes changed, given as hex; its signature no longer holds."""
    der = certificate.public_bytes(Encoding.DER)
    return x509.load_der_x509_certificate(der.replace(bytes.fromhex(old), bytes.fromhex(new)))


def csr(whose: str = "push", subject: x509.Name | None = None) -> bytes:
    """A customer's CSR, as DER."""
    if subject is None:
        subject = name(CN="Acme push", O="Acme", C="DE", EMAIL="mdm@acme.example")
    builder = x509.CertificateSigningRequestBuilder(subject)
    return builder.sign(key(whose), SHA256()).public_bytes(Encoding.DER)


def sign(message: bytes, whose: str = "vendor") -> bytes:
    return key(whose).sign(message, padding.PKCS1v15(), SHA256())


@dataclass(frozen=True)
class Authority:
    """Root, intermediates and vendor certificate that belong together."""

    root: Issuer
    wwdr: Issuer
    push_ca: Issuer
    vendor: x509.Certificate

    @property
    def trust(self) -> Trust:
        return Trust((self.root.certificate,), (self.wwdr.certificate, self.push_ca.certificate))

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        return (self.vendor, self.wwdr.certificate, self.root.certificate)


@cache
def authority() -> Authority:
    top = root()
    middle = wwdr(top)
    return Authority(top, middle, push_ca(top), vendor(middle))


def vendor_with(public_key: CertificatePublicKeyTypes, by: Issuer) -> x509.Certificate:
    """A vendor certificate for a key of another kind or size."""
    builder = (
        x509.CertificateBuilder(by.certificate.subject, VENDOR, public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + YEAR)
    )
    return builder.sign(key(by.whose), SHA256())
