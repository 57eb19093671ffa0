"""The stand-in's certificates beside Apple's genuine ones, field by field."""

import os
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from pushportal.sandbox import profiles
from pushportal.sandbox.authority import Authority
from tests.sandbox.signed import csr_der

# Beside the project, not in it: most of these files may not be passed on.
SHARED = Path(__file__).resolve().parents[3] / "shared"
ROOT = "apple-ca/AppleIncRootCertificate.pem"
WWDR = "apple-ca/AppleWWDRCAG3.pem"
PUSH_CA = "apple-ca/AppleAAI2CA.pem"
PUSH = "samples/apns-mdm-push-certificate-2021-expired.pem"
LEAF = "samples/apple-wwdr-g3-leaf-with-critical-extensions.pem"
KEY_IDENTIFIERS = (x509.SubjectKeyIdentifier.oid, x509.AuthorityKeyIdentifier.oid)
# What an Apple Development leaf has for its own purpose, code signing.
CODE_SIGNING = (
    x509.ExtendedKeyUsage.oid,
    x509.ObjectIdentifier("1.2.840.113635.100.6.1.2"),
    x509.ObjectIdentifier("1.2.840.113635.100.6.1.12"),
)


def _genuine(name: str) -> x509.Certificate:
    path = SHARED / name
    if not path.exists():
        missing = f"Apple's genuine certificate {name} is not beside the project."
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return x509.load_pem_x509_certificate(path.read_bytes())


def _ours(apple: Authority, name: str) -> x509.Certificate:
    if name == PUSH:
        return x509.load_pem_x509_certificate(apple.issue(csr_der(CN="Acme", C="US")))
    ring = apple.keyring
    members = {ROOT: ring.root, WWDR: ring.wwdr, PUSH_CA: ring.push_ca, LEAF: ring.vendor}
    return members[name].certificate


def _extensions(certificate: x509.Certificate) -> list[tuple[str, bool, bytes | str]]:
    """Order, criticality and DER of each; key identifiers follow the key, so by presence only."""
    return [
        (
            extension.oid.dotted_string,
            extension.critical,
            "of the key" if extension.oid in KEY_IDENTIFIERS else extension.value.public_bytes(),
        )
        for extension in certificate.extensions
    ]


def _form(name: x509.Name) -> list[tuple[str, object]]:
    return [(attribute.oid.dotted_string, attribute._type) for attribute in name]


@pytest.mark.parametrize("name", [ROOT, WWDR, PUSH_CA, PUSH])
def test_extensions_are_those_of_the_genuine_certificate(name: str, apple: Authority) -> None:
    genuine = _genuine(name)

    ours = _ours(apple, name)

    assert _extensions(ours) == _extensions(genuine)


def test_the_vendor_leaf_is_a_g3_leaf_with_the_vendors_mark(apple: Authority) -> None:
    genuine = _extensions(_genuine(LEAF))
    kept = [one for one in genuine if one[0] not in [oid.dotted_string for oid in CODE_SIGNING]]

    ours = _extensions(_ours(apple, LEAF))

    assert ours == [*kept, (profiles.VENDOR_MARKER.dotted_string, True, b"\x05\x00")]


@pytest.mark.parametrize("name", [ROOT, WWDR, PUSH_CA])
def test_a_ca_has_the_genuine_names_to_the_byte(name: str, apple: Authority) -> None:
    genuine = _genuine(name)

    ours = _ours(apple, name)

    assert ours.subject.public_bytes() == genuine.subject.public_bytes()
    assert ours.issuer.public_bytes() == genuine.issuer.public_bytes()


@pytest.mark.parametrize("name", [PUSH, LEAF])
def test_a_leaf_has_names_of_the_genuine_form(name: str, apple: Authority) -> None:
    genuine = _genuine(name)

    ours = _ours(apple, name)

    assert _form(ours.subject) == _form(genuine.subject)
    assert ours.issuer.public_bytes() == genuine.issuer.public_bytes()


@pytest.mark.parametrize("name", [ROOT, WWDR, PUSH_CA, PUSH, LEAF])
def test_keys_and_versions_are_alike(name: str, apple: Authority) -> None:
    genuine = _genuine(name)

    ours = _ours(apple, name)

    assert ours.version == genuine.version
    for certificate in (ours, genuine):
        key = certificate.public_key()
        assert isinstance(key, RSAPublicKey)
        assert (key.key_size, key.public_numbers().e) == (2048, 65537)


@pytest.mark.parametrize("name", [WWDR, PUSH_CA, PUSH, LEAF])
def test_signatures_are_sha_256_below_the_root(name: str, apple: Authority) -> None:
    genuine = _genuine(name)

    ours = _ours(apple, name)

    assert isinstance(genuine.signature_hash_algorithm, hashes.SHA256)
    assert ours.signature_algorithm_oid == genuine.signature_algorithm_oid


def test_the_root_is_told_from_apples_by_its_key_alone(apple: Authority) -> None:
    genuine = _genuine(ROOT)

    ours = _ours(apple, ROOT)

    assert ours.serial_number == genuine.serial_number
    assert ours.public_key() != genuine.public_key()
    assert ours.fingerprint(hashes.SHA256()) != genuine.fingerprint(hashes.SHA256())


def test_a_push_certificate_lives_as_long_as_a_genuine_one(apple: Authority) -> None:
    genuine, ours = _genuine(PUSH), _ours(apple, PUSH)

    lifetimes = {
        certificate.not_valid_after_utc - certificate.not_valid_before_utc
        for certificate in (genuine, ours)
    }

    assert len(lifetimes) == 1


def test_a_topic_has_the_genuine_shape(apple: Authority) -> None:
    genuine, ours = (
        [str(attribute.value) for attribute in certificate.subject]
        for certificate in (_genuine(PUSH), _ours(apple, PUSH))
    )

    for uid, common_name, country in (genuine, ours):
        prefix, _, number = uid.rpartition(".")
        assert (prefix, common_name, country) == ("com.apple.mgmt.External", f"APSP:{number}", "US")
