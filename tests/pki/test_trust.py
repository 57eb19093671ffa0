"""Whom we trust: Apple's pinned certificates, their packaged bytes, and what an operator adds."""

import hashlib
import subprocess
from datetime import UTC, datetime, timedelta
from importlib import resources

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from onboarding import errors
from onboarding.pki import apple, certificates, trust
from onboarding.pki.trust import Trust
from tests.machine import SHARED
from tests.pki import authority as made
from tests.pki.authority import NOW, authority

PACKAGED = ("AppleIncRootCertificate.pem", "AppleWWDRCAG3.pem")


def packaged(file: str) -> bytes:
    return resources.files("onboarding.pki.apple").joinpath(file).read_bytes()


@pytest.mark.parametrize("file", PACKAGED)
def test_each_packaged_file_has_its_sha256_beside_it(file: str) -> None:
    sha256, name = packaged(f"{file}.sha256").decode().split()

    assert name == file
    assert sha256 == hashlib.sha256(packaged(file)).hexdigest()


def test_no_other_certificate_is_packaged() -> None:
    files = resources.files("onboarding.pki.apple").iterdir()

    assert sorted(one.name for one in files if ".pem" in one.name) == sorted(
        [*PACKAGED, *(f"{file}.sha256" for file in PACKAGED)]
    )


@pytest.mark.needs("shared")
@pytest.mark.parametrize("row", apple.PINNED, ids=lambda row: row.file)
def test_the_table_pins_apples_genuine_certificates(row: apple.Pinned) -> None:
    (genuine,) = certificates.read((SHARED / "apple-ca" / row.file).read_bytes())

    assert apple.pinned(genuine) == row


def test_a_packaged_file_that_was_changed_is_refused() -> None:
    with pytest.raises(errors.DamagedRecord, match="differs from its SHA-256"):
        apple.checked(PACKAGED[0], packaged(PACKAGED[0]) + b"\n", recorded="0" * 64)


def test_a_file_that_was_changed_with_its_sha256_is_refused_too() -> None:
    other = made.root("look-alike").certificate.public_bytes(Encoding.PEM)

    with pytest.raises(errors.DamagedRecord, match="not hold the pinned certificate"):
        apple.checked(PACKAGED[0], other, recorded=hashlib.sha256(other).hexdigest())


def test_a_packaged_file_under_the_name_of_another_is_refused() -> None:
    wwdr = packaged(PACKAGED[1])

    with pytest.raises(errors.DamagedRecord, match="not hold the pinned certificate"):
        apple.checked(PACKAGED[0], wwdr, recorded=hashlib.sha256(wwdr).hexdigest())


def test_apples_trust_has_one_root_and_the_packaged_intermediate() -> None:
    assert Trust.apple() == Trust((apple.ROOT,), (apple.WWDR_G3,))
    assert Trust.apple().is_apple


def test_a_file_of_anchors_replaces_apples_root() -> None:
    anchors = [authority().push_ca.certificate, authority().root.certificate]
    pem = "".join(one.public_bytes(Encoding.PEM).decode() for one in anchors)

    replaced = Trust.of_pem(pem)

    assert replaced == Trust((anchors[1],), (anchors[0],))
    assert not replaced.is_apple


def test_a_file_of_anchors_needs_a_root() -> None:
    pem = authority().push_ca.certificate.public_bytes(Encoding.PEM).decode()

    with pytest.raises(errors.InvalidChain, match="no self-signed root"):
        Trust.of_pem(pem)


def test_more_intermediates_never_make_an_anchor() -> None:
    false = made.root("look-alike").certificate

    extended = Trust.apple([false, false, apple.WWDR_G3, apple.ROOT])

    assert extended.anchors == apple.ANCHORS
    assert extended.intermediates == (apple.WWDR_G3, false)
    assert not extended.is_anchor(false)


def test_an_intermediate_of_the_root_may_be_added_from_its_first_second_to_its_last() -> None:
    push_ca = authority().push_ca.certificate

    for now in (push_ca.not_valid_before_utc, push_ca.not_valid_after_utc):
        assert trust.verify_intermediate(push_ca, trust=authority().trust, now=now) is push_ca


@pytest.mark.needs("shared")
def test_apples_push_ca_may_be_added() -> None:
    (push_ca,) = certificates.read((SHARED / "apple-ca" / "AppleAAI2CA.pem").read_bytes())

    added = trust.verify_intermediate(
        push_ca, trust=Trust.apple(), now=datetime(2026, 11, 1, tzinfo=UTC)
    )

    assert added is push_ca


def test_what_may_not_be_added_is_refused_by_name() -> None:
    root, wwdr = authority().root, authority().wwdr
    late = NOW + made.YEAR + timedelta(days=1)
    refusals = [
        (root.certificate, NOW, "Apple Root CA is no intermediate"),
        (authority().vendor, NOW, "Acme MDM is no intermediate"),
        (made.with_sha1(wwdr.certificate, root), NOW, r"\(G3\) is not signed with SHA-2"),
        (made.wwdr(made.root("look-alike")).certificate, NOW, "was not issued by Apple Root CA"),
        (wwdr.certificate, late, "not now; it was not added"),
        (wwdr.certificate, NOW - timedelta(days=2), "not now; it was not added"),
    ]

    for certificate, now, says in refusals:
        with pytest.raises(errors.InvalidChain, match=says):
            trust.verify_intermediate(certificate, trust=authority().trust, now=now)


def test_certificates_are_read_from_a_file_of_many_things() -> None:
    vendor = authority().vendor
    data = (
        b"\xef\xbb\xbfBag Attributes\r\n"
        b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
        + vendor.public_bytes(Encoding.PEM)
        + apple.ROOT.public_bytes(Encoding.PEM).replace(b"\n", b"\r\n")
    )

    assert certificates.read(data) == (vendor, apple.ROOT)
    assert certificates.read(vendor.public_bytes(Encoding.DER)) == (vendor,)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no certificate in this file"),
        (b"\xff\xfe\x00", "no certificate in this file"),
        (b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "damaged"),
        (b"-----BEGIN CERTIFICATE-----\nMIIB\n", "damaged"),
    ],
)
def test_a_file_without_a_readable_certificate_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(errors.InvalidChain, match=says):
        certificates.read(data)


@pytest.mark.needs("openssl")
def test_fingerprints_are_those_of_openssl() -> None:
    command = ["openssl", "x509", "-noout", "-fingerprint", "-sha256"]
    pem = apple.ROOT.public_bytes(Encoding.PEM)

    told = subprocess.run(command, input=pem, capture_output=True, check=True).stdout.decode()

    assert told.split("=")[1].strip().replace(":", "").lower() == certificates.fingerprint(
        apple.ROOT
    )
