"""The state of all customers: each has its lines, in the order of names, whatever there is."""

import csv
from datetime import datetime
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from onboarding import lifecycle
from onboarding.lifecycle import Actor, transition
from onboarding.models import (
    CSR,
    Contact,
    Customer,
    Event,
    Export,
    Membership,
    PushCertificate,
    SignInQuestion,
    User,
)
from onboarding.reports import customers
from tests.reports.conftest import DAY, NOW, REVOKED, Issue

State = PushCertificate.State
CSV = "admin:onboarding_report_customers_csv"
SHEET = "admin:onboarding_report_customers"


def rows() -> list[dict[str, Any]]:
    """Any: cells of all types."""
    return [
        dict(zip(customers.COLUMNS, line.cells(), strict=True)) for line in customers.every(now=NOW)
    ]


def taken(client: Client, now: datetime = NOW) -> list[dict[str, str]]:
    with time_machine.travel(now, tick=False):
        answer = client.post(reverse(CSV))
    text = answer.getvalue().decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text)))


def test_a_line_says_all_that_is_known(
    active: PushCertificate, signed_renewal: CSR, ada: User, acme: Customer
) -> None:
    PushCertificate.objects.update(
        not_before=NOW - 300 * DAY, not_after=NOW + 20 * DAY, apple_account="mdm@acme.example"
    )
    SignInQuestion.objects.create(
        push_certificate=active, asked_at=NOW - 9 * DAY, answer="yes", answered_at=NOW - 8 * DAY
    )
    Contact.objects.create(customer=acme, email="IT@acme.example")
    Contact.objects.create(customer=acme, email="off@acme.example", wants_reminders=False)
    Contact.objects.create(customer=acme, email="ADA@acme.example")

    (row,) = rows()

    assert (
        row
        | {
            "Customer": "Acme",
            "Country": "DE",
            "State": "open",
            "Push certificate": "active",
            "Topic": active.topic,
            "Serial number": active.serial,
            "Valid until": "2027-12-14T07:00:00+00:00",
            "Days left": 20,
            "Key": "made here",
            "Apple Account": "mdm@acme.example",
            "Sign-in last confirmed": "2027-11-16T07:00:00+00:00",
            "Sign-in": "possible",
            "Contacts": 3,
            "Members": 1,
            "Told of the end": 2,
        }
        == row
    )
    since = signed_renewal.state_since
    assert row["Open CSRs"] == f"Signed, ready for Apple (renewal) since {since:%Y-%m-%d}"


def test_what_is_expired_revoked_closed_or_missing_is_said(
    acme: Customer, globex: Customer, issue: Issue
) -> None:
    issue(acme, NOW - 3 * DAY)
    issue(acme, NOW + 30 * DAY)
    issue(acme, NOW + 90 * DAY, **REVOKED)
    issue(globex, NOW - 200 * DAY, state=State.SUPERSEDED)
    issue(globex, NOW + 9 * DAY, **REVOKED)
    closed = Customer.objects.create(name="Initech", country="FR", closed_at=NOW)
    Contact.objects.create(customer=closed, email="it@initech.example")

    found = [(row["Customer"], row["Push certificate"], row["Days left"]) for row in rows()]

    assert found == [
        ("Acme", "expired", -3),
        ("Acme", "active", 30),
        ("Globex", "revoked", None),
        ("Initech", "none", None),
    ]
    assert [(row["State"], row["Told of the end"]) for row in rows()][-1] == ("closed", 0)


def test_of_a_deleted_key_it_says_whether_anybody_had_it(
    active: PushCertificate, ada: User, staff_client: Client
) -> None:
    lifecycle.destroy_key(active.csr, by=Actor.of(ada))
    lost = rows()[0]["Key"]
    with time_machine.travel(NOW, tick=False):
        page = staff_client.get(reverse(SHEET)).content.decode()
    Export.objects.create(
        push_certificate=active, form="pem", asked_by=ada, asked_at=NOW, fetched_at=NOW
    )

    assert lost == "made here, deleted before anybody had it"
    assert f"key {lost}" in page
    assert rows()[0]["Key"] == "made here, deleted since"


def test_the_account_is_the_customers_where_the_certificate_has_none(
    acme: Customer, issue: Issue
) -> None:
    issue(acme, NOW + DAY)

    assert rows()[0]["Apple Account"] == "push@acme.example"
    assert rows()[0]["Key"] == "elsewhere, imported"


def test_customers_of_one_name_on_the_edge_of_a_page_are_each_there_once(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(customers, "PAGE", 3)
    made = [Customer.objects.create(name=name, country="DE") for name in "babaabbcaa"]

    found = [line.customer for line in customers.every(now=NOW)]

    assert [one.pk for one in found] == [
        one.pk for one in sorted(made, key=lambda one: (one.name, one.pk.hex))
    ]


def test_many_customers_ask_the_database_no_more_often_than_one(
    acme: Customer, ada: User, issue: Issue
) -> None:
    issue(acme, NOW + DAY)

    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            list(customers.every(now=NOW))
        return len(asked)

    one = questions()
    for number in range(20):
        customer = Customer.objects.create(name=f"{number}", country="DE")
        Membership.objects.create(user=ada, customer=customer, role="reader")
        Contact.objects.create(customer=customer, email="it@x.example")
        issue(customer, NOW + DAY)

    assert questions() == one


def test_the_csv_is_an_event_and_no_cell_of_it_is_a_formula(
    staff_client: Client, acme: Customer, issue: Issue, sam: User
) -> None:
    Customer.objects.update(name="=HYPERLINK(1)")
    issue(acme, NOW - 3 * DAY, apple_account="@SUM(1)")

    (row,) = taken(staff_client)

    assert (row["Customer"], row["Apple Account"]) == ("'=HYPERLINK(1)", "'@SUM(1)")
    assert row["Days left"] == "-3"
    event = Event.objects.get(verb="report_taken")
    assert (event.actor, event.facts) == (sam, {"report": "customers"})


def test_a_look_at_its_address_takes_nothing(staff_client: Client, acme: Customer) -> None:
    answer = staff_client.get(reverse(CSV))

    assert answer.status_code == 302
    assert not Event.objects.exists()


def test_without_its_event_there_is_no_csv(
    staff_client: Client, acme: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("no Event")

    monkeypatch.setattr(transition, "_insert", refuse)

    with pytest.raises(RuntimeError, match="no Event"):
        staff_client.post(reverse(CSV))


def test_the_sheet_has_vendor_and_moment_and_no_navigation_of_the_admin(
    staff_client: Client, acme: Customer, issue: Issue
) -> None:
    certificate = issue(acme, NOW + 20 * DAY)

    with time_machine.travel(NOW, tick=False):
        sheet = staff_client.get(reverse(SHEET)).content.decode()

    for what in ("your MDM vendor", "24 November 2027, 07:00 UTC", "Acme", certificate.topic):
        assert what in sheet
    assert "customers 1 to 1 of 1" in sheet
    assert "sidebar" not in sheet
    assert "part 1" not in sheet


def test_a_sheet_holds_so_many_customers_and_says_that_there_are_more(
    staff_client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onboarding.admin.reports.PRINTED", 2)
    for name in "abcde":
        Customer.objects.create(name=f"Customer {name}", country="DE")

    second = staff_client.get(reverse(SHEET), {"page": 2}).content.decode()

    assert "customers 3 to 4 of 5, by name (part 2 of 3; the CSV holds all in one)" in second
    assert [f"Customer {name}" in second for name in "abcde"] == [False, False, True, True, False]
    assert "?page=1" in second
    assert "?page=3" in second


def test_an_empty_sheet_says_so(staff_client: Client) -> None:
    assert "There is no customer yet." in staff_client.get(reverse(SHEET)).content.decode()
