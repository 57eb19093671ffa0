"""The signer starts with a fit identity or not at all."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from celery.signals import worker_init, worker_ready
from django.core import checks
from pytest_django import Settings

from onboarding.models import Alarm, VendorCertificate
from signing import held, tasks
from signing.checks import signing_identity_is_fit
from tests import apart
from tests.signing.vendor import PASSPHRASE, Vendor


@pytest.fixture(autouse=True)
def signers_settings(settings: Settings, vendor: Vendor) -> None:
    """As the signer's: no sandbox that shares them."""
    settings.SANDBOX = False
    settings.TRUST_ANCHORS = vendor.apple.anchors_pem
    settings.SIGNING_IDENTITY = vendor.pem().as_uri()
    settings.SIGNING_IDENTITY_PASSPHRASE = None


def found() -> list[checks.CheckMessage]:
    return list(signing_identity_is_fit(app_configs=None))


def test_a_fit_identity_gives_nothing_to_say() -> None:
    assert found() == []


def test_the_check_is_among_djangos_own() -> None:
    assert signing_identity_is_fit in checks.registry.registry.get_checks()


@pytest.mark.parametrize(
    ("identity", "sentence"),
    [(None, "SIGNING_IDENTITY is not set"), ("pkcs11:vendor", "Write it as pkcs11:token=")],
)
def test_an_unfit_identity_is_an_error(
    settings: Settings, identity: str | None, sentence: str
) -> None:
    settings.SIGNING_IDENTITY = identity

    (message,) = found()

    assert (message.level, message.id) == (checks.ERROR, "signing.E001")
    assert sentence in message.msg


def test_unreadable_anchors_are_an_error(settings: Settings) -> None:
    settings.TRUST_ANCHORS = "/nowhere/anchors.pem"

    (message,) = found()

    assert message.level == checks.ERROR
    assert "/nowhere/anchors.pem" in message.msg


def test_on_a_developers_machine_other_commands_go_on(settings: Settings) -> None:
    settings.SANDBOX, settings.SIGNING_IDENTITY = True, "pkcs11:vendor"

    assert [message.level for message in found()] == [checks.WARNING]


def test_on_a_developers_machine_nothing_need_be_named(settings: Settings) -> None:
    settings.SANDBOX, settings.SIGNING_IDENTITY = True, None

    assert found() == []


def test_an_exposed_key_is_warned_of(vendor: Vendor) -> None:
    vendor.pem().chmod(0o644)

    (message,) = found()

    assert message.level == checks.WARNING
    assert "(mode 0644)" in message.msg


def test_a_chain_that_ends_soon_is_warned_of(vendor: Vendor, now: datetime) -> None:
    vendor.pem(certificates=vendor.certificate(end=now + timedelta(days=29)))

    (message,) = found()

    assert message.level == checks.WARNING
    assert "Renew in Apple's developer account in time" in message.msg


def test_a_certificate_without_apples_marker_is_warned_of(
    vendor: Vendor, settings: Settings, now: datetime
) -> None:
    settings.SIGNING_IDENTITY = vendor.unmarked().as_uri()

    (message,) = found()

    assert message.level == checks.WARNING
    assert "does not carry Apple's marker for MDM vendors" in message.msg


def test_the_worker_is_stopped_before_it_starts_and_staff_are_told(
    settings: Settings, db: None
) -> None:
    settings.SIGNING_IDENTITY_PASSPHRASE = PASSPHRASE
    settings.SIGNING_IDENTITY = "file:///nowhere.pem"

    with pytest.raises(SystemExit, match=r"The signer does not start.*nowhere.pem cannot be read"):
        worker_init.send(sender=None)

    assert "/nowhere.pem cannot be read" in Alarm.objects.open().get().sentence


def test_a_fit_worker_starts_and_logs_its_warnings(
    vendor: Vendor, caplog: pytest.LogCaptureFixture
) -> None:
    vendor.pem().chmod(0o644)

    tasks.demand_fit_identity()

    assert "(mode 0644)" in caplog.text


def test_a_ready_worker_announces_its_certificate(db: None, vendor: Vendor) -> None:
    tasks.announce_vendor_certificates()

    assert VendorCertificate.objects.get().chain == vendor.chain
    assert not held._held


def test_announcing_is_tied_to_the_workers_start() -> None:
    assert tasks.announce_vendor_certificates in receivers(worker_ready)
    assert tasks.demand_fit_identity in receivers(worker_init)


def test_an_announcement_that_fails_is_logged(
    db: None, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SIGNING_IDENTITY = "file:///nowhere.pem"

    tasks.announce_vendor_certificates()

    assert "The vendor certificate is not announced" in caplog.text


def test_a_real_worker_refuses_with_one_sentence(vendor: Vendor, tmp_path: Path) -> None:
    identity = vendor.pem(passphrase=PASSPHRASE)
    settings = {
        "DJANGO_SETTINGS_MODULE": "pushportal.settings.signer",
        "VAR_DIR": str(tmp_path),
        "TRUST_ANCHORS_FILE": str(vendor.apple.anchors),
        "SIGNING_IDENTITY": identity.as_uri(),
        "SIGNING_IDENTITY_PASSPHRASE": "another passphrase",
    }

    celery = ("-m", "celery", "-A", "pushportal", "worker", "-Q", "signing")
    ran = apart.ran(*celery, **settings)

    assert ran.returncode == 1
    assert "The signer does not start. The passphrase does not open" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "another passphrase" not in ran.stderr + ran.stdout


def receivers(signal: object) -> list[object]:
    return [receiver() for _, receiver in signal.receivers]  # type: ignore[attr-defined]  # Celery's signals are untyped
