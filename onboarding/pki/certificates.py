"""X.509 certificates of any kind: read whole or not at all, named, compared, paired."""

import hashlib
import re

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from onboarding import errors
from onboarding.pki import pem

# What cryptography raises on bytes that only look like X.509; several are no ValueErrors.
MALFORMED = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
SHA_2 = frozenset({"sha256", "sha384", "sha512"})


def load(der: bytes) -> x509.Certificate:
    """The certificate, with names, dates and extensions readable. Raises ValueError otherwise."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        # cryptography parses these when they are asked for: ask now, so that nobody fails later.
        _ = certificate.subject, certificate.issuer, certificate.extensions
        _ = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except MALFORMED as error:
        raise ValueError("not a readable certificate") from error
    return certificate


def read(data: bytes) -> tuple[x509.Certificate, ...]:
    """All certificates of a file, PEM or DER, in its order. Blocks of other kinds are passed over.

    Raises InvalidChain when there is none, or one cannot be read.
    """
    try:
        return (load(data),)
    except ValueError:
        pass
    try:
        blocks = pem.blocks(data.decode("utf-8-sig", errors="replace"))
        found = tuple(load(block.der) for block in blocks if block.label == "CERTIFICATE")
    except ValueError as error:
        raise errors.InvalidChain(
            "A certificate in this file is damaged. Get the file anew from where it came."
        ) from error
    if not found:
        raise errors.InvalidChain(
            "There is no certificate in this file. Give certificates as PEM, or one as DER."
        )
    return found


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the DER, as lower-case hex."""
    return hashlib.sha256(der(certificate)).hexdigest()


def public_key(certificate: x509.Certificate) -> CertificatePublicKeyTypes | None:
    """The key; None when it is of a kind that is not known, or malformed."""
    try:
        return certificate.public_key()
    except MALFORMED:
        return None


def key_fingerprint(public_key: CertificatePublicKeyTypes) -> str:
    """SHA-256 of the key's DER (SubjectPublicKeyInfo), as lower-case hex."""
    spki = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()


def title(name: x509.Name) -> str:
    """The common name, with the unit that tells Apple's generations apart; else the whole name."""
    common_name = first(name, NameOID.COMMON_NAME)
    unit = first(name, NameOID.ORGANIZATIONAL_UNIT_NAME)
    if re.fullmatch(r"G\d", unit):
        return f"{common_name} ({unit})"
    return common_name or name.rfc4514_string() or "(no name)"


def first(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    """The first value of one attribute as text; empty when there is none."""
    for attribute in name.get_attributes_for_oid(oid):
        if isinstance(attribute.value, str):
            return attribute.value
    return ""


def is_ca(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def is_self_issued(certificate: x509.Certificate) -> bool:
    return certificate.subject == certificate.issuer


def is_signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """True when `issuer`'s name and key made this certificate. Never true for SHA-1."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (*MALFORMED, InvalidSignature):
        return False
    return True


def signature_hash(certificate: x509.Certificate) -> str:
    """The hash under the signature, as `sha256`; empty when it has none that is known."""
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return ""
    return algorithm.name if algorithm else ""
