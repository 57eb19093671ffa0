"""Push certificates: what Apple issues for a signed request. Read, and verified for one CSR."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from onboarding import errors
from onboarding.errors import gettext_noop
from onboarding.pki import certificates, chain_rules, kinds
from onboarding.pki import chain as chains
from onboarding.pki.trust import Trust

_PUSH_EXTENSION = x509.ObjectIdentifier("1.2.840.113635.100.6.3.2")
_ASN1_NULL = b"\x05\x00"
# The topic travels in HTTP headers and file names: nothing but what Apple puts there.
_TOPIC = re.compile(re.escape(kinds.TOPIC_PREFIX) + r"[A-Za-z0-9.\-]{1,120}")


@dataclass(frozen=True, slots=True)
class PushCertificate:
    """`serial` is upper-case hex as openssl writes it, fingerprints are lower-case hex."""

    der: bytes = field(repr=False)
    topic: str
    common_name: str
    country: str
    serial: str
    not_before: datetime
    not_after: datetime
    fingerprint_sha256: str
    public_key_sha256: str
    issuer: str


def parse(data: bytes) -> PushCertificate:
    """What the certificate says; nothing of it is proved. `data` is an upload, PEM or DER.

    Raises InvalidUpload when it is something else, InvalidPushCertificate when its topic or key
    cannot be used.
    """
    # Of this kind is only what can be loaded.
    der = kinds.certificate_der(data)
    certificate = certificates.load(der)
    key = certificates.public_key(certificate)
    if key is None:
        raise errors.InvalidPushCertificate(
            gettext_noop(
                "The certificate's key cannot be read. Download the certificate from Apple again."
            )
        )
    return PushCertificate(
        der=der,
        topic=_topic(certificate),
        common_name=certificates.first(certificate.subject, NameOID.COMMON_NAME),
        country=certificates.first(certificate.subject, NameOID.COUNTRY_NAME),
        serial=hex_of(certificate.serial_number),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        fingerprint_sha256=certificates.fingerprint(certificate),
        public_key_sha256=certificates.key_fingerprint(key),
        issuer=certificates.title(certificate.issuer),
    )


def verify(data: bytes, *, public_key_sha256: str, trust: Trust, now: datetime) -> PushCertificate:
    """The push certificate, if Apple made it for this key and it is valid now.

    Raises InvalidUpload, KeyMismatch, UnknownIssuer, CertificateExpired, CertificateNotYetValid or
    InvalidPushCertificate, with a sentence the customer may read.
    """
    push_certificate = parse(data)
    if push_certificate.public_key_sha256 != public_key_sha256:
        raise errors.KeyMismatch(
            gettext_noop(
                "This certificate was made for another key than this CSR's: it belongs to another "
                "CSR, perhaps an older one. Upload the certificate that Apple gave you for this "
                "CSR."
            )
        )
    certificate = certificates.load(push_certificate.der)
    _check_use(certificate)
    _check_issuer(certificate, trust=trust, now=now)
    _check_dates(push_certificate, now=now)
    return push_certificate


def _topic(certificate: x509.Certificate) -> str:
    topic = certificates.first(certificate.subject, NameOID.USER_ID)
    if not _TOPIC.fullmatch(topic):
        raise errors.InvalidPushCertificate(
            gettext_noop(
                "The certificate's topic (its User ID) is not in the form that Apple gives: "
                "%(form)s… Download the certificate from Apple again."
            ),
            form=kinds.TOPIC_PREFIX,
        )
    return topic


def hex_of(serial: int) -> str:
    """Upper-case hex of whole octets, as openssl writes a serial number."""
    digits = f"{serial:X}"
    return digits if len(digits) % 2 == 0 else f"0{digits}"


def _check_use(certificate: x509.Certificate) -> None:
    """Refuse a certificate with which nobody could push: each extension as Apple sets it."""
    faults = (
        (
            certificates.is_ca(certificate),
            gettext_noop("This certificate is that of a certificate authority."),
        ),
        (
            not _has_client_auth(certificate),
            gettext_noop("This certificate is not meant for signing in to a server (clientAuth)."),
        ),
        (
            not _may_sign(certificate),
            gettext_noop("This certificate is not meant for digital signatures."),
        ),
        (
            not _is_for_push(certificate),
            gettext_noop("This certificate lacks Apple's extension for push certificates."),
        ),
    )
    for is_there, fault in faults:
        if is_there:
            raise errors.InvalidPushCertificate(
                gettext_noop(
                    "%(fault)s So it cannot be an MDM push certificate. "
                    "Download the certificate from Apple's portal again."
                ),
                fault=errors.Text(fault),
            )


def _has_client_auth(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.CLIENT_AUTH in usage


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    except x509.ExtensionNotFound:
        return False


def _is_for_push(certificate: x509.Certificate) -> bool:
    for extension in certificate.extensions:
        if extension.oid == _PUSH_EXTENSION:
            value = extension.value
            return isinstance(value, x509.UnrecognizedExtension) and value.value == _ASN1_NULL
    return False


def _check_issuer(certificate: x509.Certificate, *, trust: Trust, now: datetime) -> None:
    """Refuse a certificate that no known chain of CAs leads from an anchor to."""
    try:
        chain = chains.build(certificate, trust=trust).certificates
        chain_rules.may_issue(chain)
        chain_rules.is_understood(chain)
        # The certificate's own dates have their own error.
        chain_rules.is_current(chain[1:], now=now)
    except errors.InvalidChain as error:
        raise _unknown(certificate, trust, error) from error


def _unknown(
    certificate: x509.Certificate, trust: Trust, error: errors.InvalidChain
) -> errors.UnknownIssuer:
    issuer = certificates.title(certificate.issuer)
    namesakes = [
        one for one in (*trust.anchors, *trust.intermediates) if one.subject == certificate.issuer
    ]
    if not namesakes:
        return errors.UnknownIssuer(
            gettext_noop(
                "The issuer of this certificate, %(issuer)s, is not among the Apple certificates "
                "known here. If the certificate came from Apple's portal, ask your vendor to add "
                "the issuer."
            ),
            issuer=issuer,
        )
    if not any(certificates.is_signed_by(certificate, one) for one in namesakes):
        return errors.UnknownIssuer(
            gettext_noop(
                "This certificate names %(issuer)s as its issuer, but was not signed by it: it is "
                "a look-alike and not from Apple. Download your certificate from Apple's portal."
            ),
            issuer=issuer,
        )
    return errors.UnknownIssuer(
        gettext_noop(
            "The issuer of this certificate, %(issuer)s, cannot be trusted now. %(reason)s"
        ),
        issuer=issuer,
        reason=error,
    )


def _check_dates(push_certificate: PushCertificate, *, now: datetime) -> None:
    if now > push_certificate.not_after:
        raise errors.CertificateExpired(
            gettext_noop(
                "This push certificate expired on %(end)s. Renew it at "
                "Apple's portal (Renew, not Create) and upload the new one."
            ),
            end=push_certificate.not_after,
        )
    if now < push_certificate.not_before:
        raise errors.CertificateNotYetValid(
            gettext_noop(
                "This push certificate is not valid until %(begin)s. "
                "Upload it then, or check that the clock of this server is right."
            ),
            begin=push_certificate.not_before,
        )
