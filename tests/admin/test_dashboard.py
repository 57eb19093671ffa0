"""The first page: numbers that lead to their lists, who is at work, and what has to be done."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from onboarding import errors, lifecycle, pulses, queue
from onboarding.admin.dashboard import Tile
from onboarding.lifecycle import Actor
from onboarding.models import (
    CSR,
    AppleCertificate,
    Customer,
    Mail,
    Pulse,
    PushCertificate,
    User,
    VendorCertificate,
)
from onboarding.pki import apple
from pushportal.sandbox.authority import Authority
from tests.admin.conftest import Clients, member
from tests.admin.pages import CSRS
from tests.admin.rows import a_certificate, many

AGES_AGO = timedelta(minutes=5)


def tiles(client: Client) -> dict[str, Tile]:
    answer = client.get("/admin/")
    return {tile.title: tile for tile in answer.context["tiles"]}


def listed(client: Client, address: str) -> int:
    """How many rows the list shows to which a number leads."""
    return int(client.get(address).context["cl"].result_count)


def notices(client: Client) -> str:
    answer = client.get("/admin/")
    return " ".join(f"{notice.sentence} {notice.command}" for notice in answer.context["notices"])


def test_what_waits_is_counted_and_shown(staff_client: Client, submitted: CSR) -> None:
    tile = tiles(staff_client)["waiting for approval"]

    assert tile.number == "1"
    assert tile.address == f"{CSRS}?state=submitted"
    assert f"/csr/{submitted.pk}/change/" in staff_client.get("/admin/").content.decode()


def test_nothing_to_do_is_quiet(staff_client: Client, active: PushCertificate) -> None:
    found = tiles(staff_client)

    assert {tile.tone for tile in found.values()} == {""}
    assert staff_client.get("/admin/").context["steps"] == []
    assert "Nothing waits for you." in staff_client.get("/admin/").content.decode()


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
    assert listed(staff_client, stuck.address) == 1


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
    assert "no signer has announced one" in staff_client.get("/admin/").content.decode()
    assert "manage.py vendor_identity check" in notices(staff_client)


@pytest.mark.parametrize(
    ("left", "mark"),
    [
        (timedelta(days=300), "Current"),
        (timedelta(days=20, hours=1), "Ends in 20 days"),
        (timedelta(days=1, hours=1), "Ends in 1 day<"),
        (timedelta(), "Expired"),
    ],
)
def test_the_vendor_certificates_ends_are_shown(
    staff_client: Client, signed: CSR, left: timedelta, mark: str
) -> None:
    end = timezone.now() + left
    VendorCertificate.objects.update(not_after=end)

    (row,) = staff_client.get("/admin/").context["vendor_certificates"]

    assert mark in row["mark"]
    assert f"{end:%Y-%m-%d}" in row["end"]
    assert staff_client.get(row["address"]).status_code == 200


def test_an_end_in_the_chain_is_shown_as_such(
    staff_client: Client, signed: CSR, apple: Authority
) -> None:
    VendorCertificate.objects.update(not_after=timezone.now() + timedelta(days=36500))

    (row,) = staff_client.get("/admin/").context["vendor_certificates"]

    assert "in its chain" in row["by"]


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


@pytest.mark.parametrize("person", ["sam", "tom"])
def test_without_a_certificate_the_first_steps_stand_in_place_of_zeros(
    request: pytest.FixtureRequest, client_of: Clients, person: str, db: None
) -> None:
    client = client_of(request.getfixturevalue(person))

    shown = client.get("/admin/")

    assert "tiles" not in shown.context
    assert "bars" not in shown.context
    assert [step.is_done for step in shown.context["steps"]] == [False] * 4
    links = [step.address for step in shown.context["steps"] if step.address]
    assert len(links) == (4 if person == "sam" else 1)
    assert {client.get(link).status_code for link in links} == {200}


def test_steps_that_were_taken_are_done(staff_client: Client, signed: CSR) -> None:
    steps = staff_client.get("/admin/").context["steps"]

    assert [step.is_done for step in steps] == [True] * 4


def test_what_failed_before_the_first_certificate_is_counted(
    staff_client: Client, approved: CSR
) -> None:
    lifecycle.record_failure(approved, error=errors.InvalidIdentity("x"), by=Actor.signer())

    assert tiles(staff_client)["could not be signed"].number == "1"


def at_work(client: Client) -> dict[str, tuple[str, str]]:
    found = client.get("/admin/").context["processes"]
    return {process.name: (process.mark, process.aside) for process in found}


def test_who_is_at_work_is_told_and_who_is_not_since_when(staff_client: Client, db: None) -> None:
    now = timezone.now()
    pulses.note(Pulse.Process.WORKER, now=now)
    pulses.note(Pulse.Process.BEAT, now=now - timedelta(hours=3))

    found = at_work(staff_client)

    assert found["Worker"][0] == "At work"
    since = f"since {now - timedelta(hours=3):%Y-%m-%d %H:%M} UTC"
    assert found["Beat"] == ("Not seen", f"{since}, 3 hours ago")
    assert found["Signer"] == ("Not seen", "never seen so far")


def test_a_broker_that_is_away_is_told_with_when_it_was_last_of_use(
    staff_client: Client, db: None
) -> None:
    never = at_work(staff_client)["Broker"]
    pulses.note(Pulse.Process.WORKER, now=timezone.now() - timedelta(hours=3))

    assert never == ("No answer", "start it: nobody hears of work")
    assert at_work(staff_client)["Broker"] == ("No answer", "last of use 3 hours ago; start it")


def test_a_broker_that_answers_is_told(
    staff_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "is_reachable", lambda: True)

    assert at_work(staff_client)["Broker"][0] == "Answers"


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("Approver", {"Customers", "Standing approvals", "Audit trail"}),
        (
            "Operator",
            {"Customers", "New customer", "Import", "Campaigns", "Reports", "Audit trail"},
        ),
    ],
)
def test_a_role_goes_on_with_what_it_may(
    role: str, expected: set[str], groups: dict[str, Group], sam: User, client_of: Clients
) -> None:
    client = client_of(member(sam, groups[role]))

    found = {one.title: one.address for one in client.get("/admin/").context["shortcuts"]}

    assert found.keys() >= expected
    assert {client.get(address).status_code for address in found.values()} == {200}


def test_staff_without_a_role_are_told_whom_to_ask(sam: User, client_of: Clients) -> None:
    shown = client_of(member(sam)).get("/admin/").content.decode()

    assert "Ask a superuser" in shown
    assert "At work" not in shown


def numbers(client: Client) -> dict[str, int]:
    """What each link of the page says how many there are of."""
    shown = client.get("/admin/").context
    return {
        **{tile.address: int(tile.number) for tile in [*shown["tiles"], *shown["renewals"]]},
        **{pile.address: int(pile.number) for pile in shown["piles"]},
        **{bar.address: int(bar.number) for bar in shown["bars"]},
        **{bar.renewing_address: int(bar.renewing) for bar in shown["bars"]},
    }


def test_every_number_is_that_of_its_list(
    staff_client: Client, active: PushCertificate, ada: User, globex: Customer
) -> None:
    many(active.customer, ada, timezone.now())
    # Of a closed customer nothing is counted, for nobody renews it.
    a_certificate(globex, timezone.now() + timedelta(days=3))
    Customer.objects.filter(pk=globex.pk).update(closed_at=timezone.now())

    found = numbers(staff_client)

    assert {address: listed(staff_client, address) for address in found} == found
    # No kind of number is missing, nor empty.
    assert len([address for address, number in found.items() if number]) > 25


def test_of_nothing_every_number_is_that_of_its_list(
    staff_client: Client, active: PushCertificate
) -> None:
    PushCertificate.objects.update(not_after=timezone.now() + timedelta(days=300))

    found = numbers(staff_client)

    # The one that there is ends after the weeks of the chart.
    later = "/admin/onboarding/pushcertificate/?week=later"
    assert {address: number for address, number in found.items() if number} == {later: 1}
    assert {address: listed(staff_client, address) for address in found} == found


def test_the_first_page_asks_no_more_often_when_there_is_more(
    staff_client: Client, active: PushCertificate, ada: User
) -> None:
    many(active.customer, ada, timezone.now())
    few = queries(staff_client)

    many(active.customer, ada, timezone.now())

    assert queries(staff_client) == few
    assert few < 50


def queries(client: Client) -> int:
    client.get("/admin/")
    with CaptureQueriesContext(connection) as asked:
        client.get("/admin/")
    return len(asked)


def test_no_row_is_loaded_beyond_what_is_shown(
    staff_client: Client, active: PushCertificate, ada: User
) -> None:
    many(active.customer, ada, timezone.now())

    shown = staff_client.get("/admin/")

    assert len(shown.context["matters"]) == 10
    assert len(shown.content) < 100_000
