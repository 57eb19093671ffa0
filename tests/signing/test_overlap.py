"""Several signing identities at once: the newest valid one signs, and a change needs no restart."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from cryptography.hazmat.primitives.asymmetric import rsa
from pytest_django import Settings

from onboarding import errors, lifecycle, signed_request
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, User, VendorCertificate
from onboarding.pki import push_request
from signing import held, tasks
from signing.sign import Bench, SignedRequest
from tests.signing.vendor import PASSPHRASE, Vendor, csr_der, key_pem


@pytest.fixture
def older(vendor: Vendor, now: datetime) -> Path:
    return identity_file(vendor, "older.pem", begin=now - timedelta(days=300))


@pytest.fixture
def newer(vendor: Vendor, now: datetime) -> Path:
    return identity_file(vendor, "newer.pem", begin=now - timedelta(days=2))


@pytest.fixture(autouse=True)
def signer(settings: Settings, vendor: Vendor, older: Path, newer: Path) -> Iterator[None]:
    settings.TRUST_ANCHORS = vendor.apple.anchors_pem
    settings.SIGNING_IDENTITY = f"{older.as_uri()} {newer.as_uri()}"
    settings.SIGNING_IDENTITY_PASSPHRASE = None
    yield
    settings.TRUST_ANCHORS = None


def identity_file(
    vendor: Vendor, name: str, *, begin: datetime, passphrase: str | None = None
) -> Path:
    certificate = vendor.certificate(begin=begin, end=begin + timedelta(days=365))
    return vendor.file(name, key_pem(vendor.key, passphrase) + certificate)


def begin_of(now: datetime, vendor: Vendor) -> datetime:
    return held.current(trust=vendor.trust, now=now).chain.leaf.not_valid_before_utc


def test_the_newest_valid_one_signs(now: datetime, vendor: Vendor) -> None:
    assert now - begin_of(now, vendor) < timedelta(days=3)


def test_one_that_is_not_valid_yet_waits_for_its_day(
    now: datetime, vendor: Vendor, newer: Path
) -> None:
    identity_file(vendor, "newer.pem", begin=now + timedelta(days=5))

    assert now - begin_of(now, vendor) > timedelta(days=299)
    assert begin_of(now + timedelta(days=6), vendor) > now


def test_an_unfit_one_is_left_out_and_said(
    now: datetime, vendor: Vendor, newer: Path, caplog: pytest.LogCaptureFixture
) -> None:
    newer.write_text("nonsense")

    assert now - begin_of(now, vendor) > timedelta(days=299)
    assert "An identity is left out, and another one signs." in caplog.text


def test_when_none_is_fit_all_reasons_are_given(
    now: datetime, vendor: Vendor, older: Path, newer: Path
) -> None:
    older.unlink()
    newer.write_text("nonsense")

    with pytest.raises(errors.InvalidIdentity, match=r"older.pem cannot be read.*neither PEM nor"):
        begin_of(now, vendor)


def test_a_replaced_file_is_taken_without_a_restart(
    now: datetime, vendor: Vendor, settings: Settings, older: Path
) -> None:
    settings.SIGNING_IDENTITY = older.as_uri()
    assert now - begin_of(now, vendor) > timedelta(days=299)

    identity_file(vendor, "older.pem", begin=now - timedelta(days=1))

    assert now - begin_of(now, vendor) < timedelta(days=2)


def test_one_passphrase_serves_all_or_each_has_its_line(
    now: datetime, vendor: Vendor, settings: Settings
) -> None:
    identity_file(vendor, "newer.pem", begin=now - timedelta(days=2), passphrase=PASSPHRASE)
    settings.SIGNING_IDENTITY_PASSPHRASE = f"\n{PASSPHRASE}"

    assert now - begin_of(now, vendor) < timedelta(days=3)


def test_too_few_passphrases_are_refused_without_being_shown(
    now: datetime, vendor: Vendor, settings: Settings
) -> None:
    settings.SIGNING_IDENTITY_PASSPHRASE = f"{PASSPHRASE}\n{PASSPHRASE}\n{PASSPHRASE}"

    with pytest.raises(errors.InvalidIdentity, match=r"names 2 identities, and .* 3 lines") as told:
        begin_of(now, vendor)

    assert PASSPHRASE not in str(told.value)


def test_all_fit_ones_are_announced_at_the_start(db: None) -> None:
    tasks.announce_vendor_certificates()

    assert VendorCertificate.objects.count() == 2


def test_with_100_in_flight_every_result_verifies_under_the_chain_inside_it(
    acme: Customer,
    ada: User,
    sam: User,
    vendor: Vendor,
    older: Path,
    settings: Settings,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The identity's file is replaced while the 40th of 100 is in the signer's hands."""
    settings.SIGNING_IDENTITY, settings.SIGNING_BATCH = older.as_uri(), 20
    for _ in range(100):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        csr = lifecycle.submit_upload(acme, der=csr_der(key), upload="", by=Actor.of(ada))
        lifecycle.approve(csr, by=Actor.of(sam))
    sign, count = Bench.sign, [0]

    def counted(bench: Bench, der: bytes) -> SignedRequest:
        count[0] += 1
        if count[0] == 40:
            identity_file(vendor, "older.pem", begin=now - timedelta(days=1))
        if count[0] == 61:
            raise SoftTimeLimitExceeded
        return sign(bench, der)

    monkeypatch.setattr(Bench, "sign", counted)
    with pytest.raises(SoftTimeLimitExceeded):
        tasks.sign_approved()

    tasks.sign_approved()

    csrs = CSR.objects.filter(state=CSR.State.SIGNED).select_related("vendor_certificate")
    assert [csrs.filter(vendor_certificate=one).count() for one in certificates()] == [60, 40]
    for csr in csrs:
        content = signed_request.assemble(csr)
        assert push_request.verify(content, trust=vendor.trust, now=now)
        assert csr.vendor_certificate is not None
        assert push_request.decode(content).chain.pem == csr.vendor_certificate.chain


def certificates() -> list[VendorCertificate]:
    return list(VendorCertificate.objects.order_by("not_before"))
