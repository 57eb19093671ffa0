"""The first page: numbers that lead to their lists, and what the operator has to do."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from onboarding import errors, lifecycle
from onboarding.admin.dashboard import Tile
from onboarding.lifecycle import Actor
from onboarding.models import CSR, AppleCertificate, Mail, PushCertificate, VendorCertificate
from onboarding.pki import apple
from tests.admin.pages import CSRS

AGES_AGO = timedelta(minutes=5)


def tiles(client: Client) -> dict[str, Tile]:
    answer = client.get("/admin/")
    return {tile.title: tile for tile in answer.context["tiles"]}


def notices(client: Client) -> str:
    answer = client.get("/admin/")
    return " ".join(f"{notice.sentence} {notice.command}" for notice in answer.context["notices"])


def test_what_waits_is_counted_and_shown(staff_client: Client, submitted: CSR) -> None:
    tile = tiles(staff_client)["waiting for approval"]

    assert tile.number == "1"
    assert tile.address == f"{CSRS}?state=submitted"
    assert f"/csr/{submitted.pk}/change/" in staff_client.get("/admin/").content.decode()


def test_nothing_to_do_is_quiet(staff_client: Client, db: None) -> None:
    found = tiles(staff_client)

    assert found["waiting for approval"].tone == ""
    assert "Nothing waits." in staff_client.get("/admin/").content.decode()


@pytest.mark.parametrize(
    ("state", "title"),
    [
        ("approved", "being signed for too long"),
        ("requested", "having a key made for too long"),
    ],
)
def test_what_is_stuck_is_told_once_it_has_waited(
    staff_client: Client, submitted: CSR, state: str, title: str
) -> None:
    CSR.objects.update(state=state, state_since=timezone.now())
    fresh = tiles(staff_client)[title]
    CSR.objects.update(state_since=timezone.now() - AGES_AGO)

    stuck = tiles(staff_client)[title]

    assert (fresh.number, fresh.tone) == ("0", "")
    assert (stuck.number, stuck.tone) == ("1", "danger")
    assert stuck.aside == "stuck for 5\xa0minutes"
    assert stuck.address == f"{CSRS}?state={state}"


def test_what_failed_is_counted(staff_client: Client, approved: CSR) -> None:
    error = errors.InvalidIdentity("It expired.")
    lifecycle.record_failure(approved, error=error, by=Actor.signer())

    tile = tiles(staff_client)["could not be signed"]

    assert (tile.number, tile.tone) == ("1", "danger")


def test_certificates_that_end_soon_are_counted(
    staff_client: Client, active: PushCertificate
) -> None:
    later = tiles(staff_client)["certificates end within 30 days"]
    PushCertificate.objects.update(not_after=timezone.now() + timedelta(days=29))

    soon = tiles(staff_client)["certificates end within 30 days"]

    assert (later.number, soon.number) == ("0", "1")
    assert soon.address.endswith("/pushcertificate/?which=soon")


def test_a_missing_vendor_certificate_is_told(staff_client: Client, db: None) -> None:
    assert tiles(staff_client)["vendor certificate"].tone == "danger"
    assert "manage.py vendor_identity check" in notices(staff_client)


def test_the_vendor_certificates_end_is_shown(staff_client: Client, signed: CSR) -> None:
    plenty = tiles(staff_client)["days left for the vendor certificate"]
    VendorCertificate.objects.update(not_after=timezone.now() + timedelta(days=20, hours=1))
    soon = tiles(staff_client)["days left for the vendor certificate"]
    VendorCertificate.objects.update(not_after=timezone.now())
    expired = tiles(staff_client)["vendor certificate"]

    assert plenty.tone == ""
    assert (soon.number, soon.tone) == ("20", "warning")
    assert (expired.number, expired.tone) == ("expired", "danger")


def test_a_missing_push_ca_is_told_with_what_to_run(
    staff_client: Client, settings: Settings
) -> None:
    row = next(row for row in apple.PINNED if row.file == "AppleAAI2CA.pem")
    missing = notices(staff_client)
    AppleCertificate.objects.create(
        fingerprint_sha256=row.sha256,
        subject=row.name,
        not_after=timezone.now() + timedelta(days=1),
        der=b"",
        added_at=timezone.now(),
    )

    added = notices(staff_client)

    assert "manage.py apple_ca fetch" in missing
    assert "apple_ca" not in added


def test_mails_that_do_not_leave_are_told(staff_client: Client, submitted: CSR) -> None:
    fresh = notices(staff_client)
    Mail.objects.update(queued_at=timezone.now() - timedelta(hours=1))

    assert "Mails have waited" not in fresh
    assert "Mails have waited" in notices(staff_client)


@pytest.mark.parametrize(
    "path", ["/admin/", CSRS, "/admin/onboarding/customer/add/", "/admin/password_change/"]
)
def test_a_stand_in_root_is_told_on_every_page(
    staff_client: Client, settings: Settings, sandbox_trust: object, path: str
) -> None:
    told = staff_client.get(path).content.decode()
    settings.TRUST_ANCHORS = None
    ordinary = staff_client.get(path).content.decode()

    assert "TRUST_ANCHORS is set" in told
    assert "TRUST_ANCHORS" not in ordinary


def test_with_a_stand_in_root_apples_intermediate_is_not_missed(
    staff_client: Client, sandbox_trust: object
) -> None:
    assert "apple_ca" not in notices(staff_client)


def test_the_first_page_asks_little(staff_client: Client, active: PushCertificate) -> None:
    staff_client.get("/admin/")

    with CaptureQueriesContext(connection) as asked:
        staff_client.get("/admin/")

    assert len(asked) < 20
