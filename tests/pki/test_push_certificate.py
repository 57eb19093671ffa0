"""Push certificates: the genuine one is read and verified, every other refused by its reason."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from onboarding import errors
from onboarding.pki import certificates, push_certificate
from onboarding.pki.push_certificate import PushCertificate
from onboarding.pki.trust import Trust
from tests.machine import SHARED
from tests.pki import authority as made
from tests.pki.authority import NOW, PUSH_EXTENSIONS, TOPIC, Issuer, authority

GENUINE = SHARED / "samples" / "apns-mdm-push-certificate-2021-expired.pem"
GENUINE_KEY = "5922fc8145e705078a73479b368052d22c47d68d5e56165a6844850131e857f3"
IN_2021 = datetime(2021, 6, 1, tzinfo=UTC)


def push_key(whose: str = "push") -> str:
    return certificates.key_fingerprint(made.key(whose).public_key())


def verify(certificate: x509.Certificate, now: datetime = NOW) -> PushCertificate:
    return push_certificate.verify(
        certificate.public_bytes(Encoding.PEM),
        public_key_sha256=push_key(),
        trust=authority().trust,
        now=now,
    )


def apple_with_push_ca() -> Trust:
    return Trust.apple(certificates.read((SHARED / "apple-ca" / "AppleAAI2CA.pem").read_bytes()))


@pytest.mark.needs("shared")
def test_the_genuine_certificate_is_verified() -> None:
    verified = push_certificate.verify(
        GENUINE.read_bytes(),
        public_key_sha256=GENUINE_KEY,
        trust=apple_with_push_ca(),
        now=IN_2021,
    )

    assert verified.topic == "com.apple.mgmt.External.e0bd1eac-1f17-4c8e-8a63-dd17d3dd35d9"
    assert verified.common_name == "APSP:e0bd1eac-1f17-4c8e-8a63-dd17d3dd35d9"
    assert verified.country == "US"
    assert verified.serial == "734DF9C0BB2703FD"
    assert verified.not_after == datetime(2022, 2, 10, 17, 44, 47, tzinfo=UTC)
    assert verified.issuer == "Apple Application Integration 2 Certification Authority"


@pytest.mark.needs("shared")
def test_the_genuine_certificate_has_expired_since() -> None:
    with pytest.raises(errors.CertificateExpired, match="expired on 10 February 2022"):
        push_certificate.verify(
            GENUINE.read_bytes(),
            public_key_sha256=GENUINE_KEY,
            trust=apple_with_push_ca(),
            now=NOW,
        )


@pytest.mark.needs("shared")
def test_while_apples_push_ca_is_not_known_its_certificates_have_an_unknown_issuer() -> None:
    with pytest.raises(errors.UnknownIssuer, match=r"Integration 2 .* ask your vendor to add"):
        push_certificate.verify(
            GENUINE.read_bytes(),
            public_key_sha256=GENUINE_KEY,
            trust=Trust.apple(),
            now=IN_2021,
        )


def test_a_certificate_of_the_known_authority_is_verified() -> None:
    verified = verify(made.push(authority().push_ca))

    assert (verified.topic, verified.country) == (TOPIC, "DE")
    assert verified.public_key_sha256 == push_key()


def test_a_serial_is_written_as_openssl_writes_it() -> None:
    parsed = push_certificate.parse(made.push(authority().push_ca).public_bytes(Encoding.DER))

    assert len(parsed.serial) % 2 == 0
    assert parsed.serial == parsed.serial.upper()
    assert int(parsed.serial, 16) == certificates.load(parsed.der).serial_number


@pytest.mark.parametrize(("serial", "text"), [(0x5, "05"), (0xAB, "AB"), (0xABC, "0ABC")])
def test_a_short_serial_keeps_its_zero(serial: int, text: str) -> None:
    assert push_certificate.hex_of(serial) == text


def test_a_certificate_for_another_key_is_refused() -> None:
    with pytest.raises(errors.KeyMismatch, match="another key than this CSR's"):
        verify(made.push(authority().push_ca, "other"))


def test_a_look_alike_is_refused_by_that_word() -> None:
    false = made.push_ca(made.root("look-alike"), "false push ca")

    with pytest.raises(errors.UnknownIssuer, match="a look-alike and not from Apple"):
        verify(made.push(false))


def test_an_issuer_that_no_anchor_vouches_for_is_refused() -> None:
    """The look-alike is among the known intermediates: it must still prove itself."""
    false = made.push_ca(made.root("look-alike"), "false push ca")
    trust = Trust((authority().root.certificate,), (false.certificate,))

    with pytest.raises(errors.UnknownIssuer, match="cannot be trusted now"):
        push_certificate.verify(
            made.push(false).public_bytes(Encoding.DER),
            public_key_sha256=push_key(),
            trust=trust,
            now=NOW,
        )


def test_a_certificate_signed_with_its_own_key_is_refused() -> None:
    own = made.issue(
        made.name(UID=TOPIC), "push", by=None, extensions=tuple(PUSH_EXTENSIONS.values())
    )

    with pytest.raises(errors.UnknownIssuer, match="not among the Apple certificates"):
        verify(own)


def test_a_certificate_that_another_push_certificate_signed_is_refused() -> None:
    upper = Issuer(made.push(authority().push_ca, "other"), "other")
    trust = authority().trust.extended([upper.certificate])

    with pytest.raises(errors.UnknownIssuer, match="may not issue"):
        push_certificate.verify(
            made.push(upper).public_bytes(Encoding.DER),
            public_key_sha256=push_key(),
            trust=trust,
            now=NOW,
        )


def test_when_the_push_ca_has_expired_its_certificates_are_refused() -> None:
    late = NOW + 2 * made.YEAR
    lasting = made.push(authority().push_ca, end=NOW + 3 * made.YEAR)

    with pytest.raises(errors.UnknownIssuer, match=r"cannot be trusted now.* expired on"):
        verify(lasting, now=late)


def test_an_expired_certificate_is_refused() -> None:
    expired = made.push(authority().push_ca, end=NOW - timedelta(seconds=1))

    with pytest.raises(errors.CertificateExpired, match="Renew, not Create"):
        verify(expired)


def test_a_certificate_of_tomorrow_is_refused() -> None:
    early = made.push(authority().push_ca, begin=NOW + timedelta(seconds=1))

    with pytest.raises(errors.CertificateNotYetValid, match="is not valid until"):
        verify(early)


def test_a_certificate_is_valid_from_its_first_second_to_its_last() -> None:
    brief = made.push(authority().push_ca, begin=NOW, end=NOW)

    assert verify(brief)


def _without(extension: str) -> Callable[[], dict[str, tuple[x509.ExtensionType, bool]]]:
    return lambda: {key: value for key, value in PUSH_EXTENSIONS.items() if key != extension}


def _with(
    **changed: x509.ExtensionType,
) -> Callable[[], dict[str, tuple[x509.ExtensionType, bool]]]:
    return lambda: {**PUSH_EXTENSIONS, **{key: (value, False) for key, value in changed.items()}}


_CRITICAL: dict[str, tuple[x509.ExtensionType, bool]] = {
    **PUSH_EXTENSIONS,
    "odd": (made.private("1.2.3.4.5"), True),
}


@pytest.mark.parametrize(
    ("extensions", "error", "says"),
    [
        (_without("purpose"), errors.InvalidPushCertificate, "clientAuth"),
        (
            _with(purpose=x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])),
            errors.InvalidPushCertificate,
            "clientAuth",
        ),
        (_without("usage"), errors.InvalidPushCertificate, "digital signatures"),
        (_with(usage=made.usage(issuing=True)), errors.InvalidPushCertificate, "digital signat"),
        (_without("push"), errors.InvalidPushCertificate, "Apple's extension for push"),
        (
            _with(push=made.private("1.2.840.113635.100.6.3.2", b"\x0c\x01x")),
            errors.InvalidPushCertificate,
            "Apple's extension for push",
        ),
        (
            _with(constraints=x509.BasicConstraints(ca=True, path_length=None)),
            errors.InvalidPushCertificate,
            "certificate authority",
        ),
        (lambda: _CRITICAL, errors.UnknownIssuer, r"unknown critical extension, 1\.2\.3\.4\.5"),
    ],
)
def test_a_certificate_of_another_make_is_refused(
    extensions: Callable[[], dict[str, tuple[x509.ExtensionType, bool]]],
    error: type[errors.PortalError],
    says: str,
) -> None:
    odd = made.push(authority().push_ca, extensions=extensions())

    with pytest.raises(error, match=says) as refused:
        verify(odd)

    assert type(refused.value) is error


@pytest.mark.parametrize(
    "topic", ["com.apple.mgmt.", "com.apple.mgmt.External.a\r\nb", "com.apple.mgmt.Ä"]
)
def test_a_topic_that_could_do_harm_in_a_header_is_refused(topic: str) -> None:
    with pytest.raises(errors.InvalidPushCertificate, match="topic"):
        verify(made.push(authority().push_ca, topic=topic))


def test_a_certificate_signed_with_sha1_is_refused() -> None:
    weak = made.with_sha1(made.push(authority().push_ca), authority().push_ca)

    with pytest.raises(errors.UnknownIssuer):
        verify(weak)


def test_a_key_of_an_unknown_kind_is_refused() -> None:
    der = made.push(authority().push_ca).public_bytes(Encoding.DER)
    odd = der.replace(
        bytes.fromhex("06092a864886f70d010101"), bytes.fromhex("06092a864886f70d01017f")
    )

    with pytest.raises(errors.InvalidPushCertificate, match="key cannot be read"):
        push_certificate.parse(odd)
