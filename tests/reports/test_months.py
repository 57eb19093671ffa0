"""What was done in each month, counted of Events and rows."""

import csv
from datetime import UTC, date, datetime
from io import StringIO

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, Event, PushCertificate, User
from onboarding.reports import months
from pushportal.sandbox.authority import Authority
from tests.conftest import der_of
from tests.reports.conftest import DAY, NOW, REVOKED, Issue

State = PushCertificate.State


def counts(month: date, now: datetime = NOW) -> dict[str, int]:
    """What was counted of this month, without the zeros."""
    (found,) = [one for one in months.table(now=now) if one.first == month]
    return {name: count for name, count in found.counts.items() if count}


def happened(verb: str, at: datetime) -> None:
    Event.objects.create(at=at, verb=verb, actor_name="somebody")


def test_the_last_24_months_come_newest_first(db: None) -> None:
    firsts = [month.first for month in months.table(now=NOW)]

    assert (firsts[0], firsts[-1], len(firsts)) == (date(2027, 11, 1), date(2025, 12, 1), 24)


def test_the_whole_way_is_counted(
    signed_renewal: CSR, active: PushCertificate, ada: User, apple: Authority
) -> None:
    now = signed_renewal.requested_at
    renewed = apple.issue(bytes(signed_renewal.der or b""), topic=active.topic)

    lifecycle.activate(signed_renewal, der=der_of(renewed), upload="", by=Actor.of(ada))

    assert counts(date(now.year, now.month, 1), now) == {
        "made": 2,
        "approved": 2,
        "signed": 2,
        "activated": 2,
        "renewed": 1,
        "added": 1,
    }


def test_of_two_approvals_that_are_needed_the_second_counts(
    submitted: CSR, sam: User, sue: User, settings: Settings
) -> None:
    settings.APPROVALS_REQUIRED = 2
    now = submitted.requested_at
    month = date(now.year, now.month, 1)

    lifecycle.approve(submitted, by=Actor.of(sam))
    after_one = counts(month, now).get("approved")
    lifecycle.approve(submitted, by=Actor.of(sue))

    assert (after_one, counts(month, now)["approved"]) == (None, 1)


def test_an_approval_of_an_earlier_release_and_one_by_itself_count(db: None) -> None:
    happened("approve", NOW)
    happened("use_standing_approval", NOW)

    assert counts(date(2027, 11, 1)) == {"approved": 2}


def test_an_import_that_supersedes_is_no_renewal(db: None) -> None:
    happened("supersede", NOW)

    assert counts(date(2027, 11, 1)) == {}


def test_rejected_revoked_and_closed_are_counted_in_their_month(db: None) -> None:
    for verb in ("reject", "revoke", "close_customer"):
        happened(verb, datetime(2027, 10, 31, 23, 59, tzinfo=UTC))
    happened("reject", datetime(2027, 11, 1, tzinfo=UTC))

    assert counts(date(2027, 10, 1)) == {"rejected": 1, "revoked": 1, "closed": 1}
    assert counts(date(2027, 11, 1)) == {"rejected": 1}


def test_a_certificate_expired_that_nobody_renewed_or_revoked_by_its_end(
    acme: Customer, issue: Issue
) -> None:
    Customer.objects.update(created_at=NOW - 3000 * DAY)
    end = datetime(2027, 9, 15, tzinfo=UTC)
    issue(acme, end)
    late = issue(acme, end, state=State.SUPERSEDED)
    issue(acme, end + 370 * DAY, predecessor=late)
    early = issue(acme, end, state=State.SUPERSEDED)
    issue(acme, end + 360 * DAY, predecessor=early)
    issue(acme, end, state=State.SUPERSEDED)
    issue(acme, end, **{**REVOKED, "revoked_at": end - DAY})
    issue(acme, end, **{**REVOKED, "revoked_at": end + DAY})
    issue(acme, NOW + DAY)

    assert counts(date(2027, 9, 1)) == {"expired": 3}


def test_a_customer_is_added_in_its_month(acme: Customer) -> None:
    Customer.objects.update(created_at=datetime(2027, 8, 31, 23, 30, tzinfo=UTC))

    assert counts(date(2027, 8, 1)) == {"added": 1}


def test_what_is_older_is_not_shown(db: None) -> None:
    happened("reject", datetime(2025, 11, 30, 23, tzinfo=UTC))

    assert not any(sum(month.counts.values()) for month in months.table(now=NOW))


def test_the_csv_has_a_row_for_each_month_and_is_an_event(staff_client: Client, sam: User) -> None:
    happened("reject", NOW)

    with time_machine.travel(NOW, tick=False):
        answer = staff_client.post(reverse("admin:onboarding_report_months_csv"))
        text = answer.getvalue().decode("utf-8-sig")

    rows = list(csv.DictReader(StringIO(text)))
    assert [row["Month (UTC)"] for row in rows[:2]] == ["2027-11", "2027-10"]
    assert (len(rows), rows[0]["CSRs rejected"]) == (24, "1")
    assert Event.objects.get(verb="report_taken").facts == {"report": "months"}


@pytest.mark.parametrize("page", ["index", "months"])
def test_the_pages_show_the_table(staff_client: Client, page: str) -> None:
    happened("reject", NOW)

    with time_machine.travel(NOW, tick=False):
        shown = staff_client.get(reverse(f"admin:onboarding_report_{page}")).content.decode()

    assert "November 2027" in shown
    assert "CSRs rejected" in shown


def test_the_reports_are_in_the_navigation_of_who_may_read_them(
    staff_client: Client, tom: User
) -> None:
    index = reverse("admin:index")
    other = User.objects.create_user("x@vendor.example", "pw", name="X", is_staff=True)
    stranger, auditor = Client(), Client()
    stranger.force_login(other)
    auditor.force_login(tom)

    found = [
        reverse("admin:onboarding_report_index") in client.get(index).content.decode()
        for client in (staff_client, auditor, stranger)
    ]

    assert found == [True, True, False]
