"""The calendar: what its events say, who may read it, and that its address stays secret."""

import logging
from datetime import UTC, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.core import serializers
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from onboarding.models import CalendarFeed, Contact, Customer, Event, PushCertificate
from onboarding.secret_addresses import Redaction, without_secrets
from tests.portal.conftest import as_ada, as_bob, as_eve
from tests.reminders.conftest import DAY, NOW, Issue

__all__ = ["as_ada", "as_bob", "as_eve"]


def page(customer: Customer) -> str:
    return reverse("portal:calendar", args=[customer.pk])


def made(client: Client, customer: Customer) -> str:
    """The path of the calendar, as the page shows it once."""
    shown = client.post(page(customer)).content.decode()
    return "/calendar/" + shown.partition("http://127.0.0.1:8000/calendar/")[2].partition("<")[0]


@pytest.fixture
def feed(acme: Customer, as_ada: Client) -> str:
    return made(as_ada, acme)


def test_a_new_address_says_that_the_old_one_is_void(as_ada: Client, acme: Customer) -> None:
    first, second = (as_ada.post(page(acme)).content.decode() for _ in range(2))

    assert "The address that there was before is void now." not in first
    assert "The address that there was before is void now." in second


def parsed(client: Client, path: str) -> Any:
    """Any: a property of an event is one of many types."""
    return Calendar.from_ical(client.get(path).content)


def test_an_event_is_the_end_of_a_certificate(issue: Issue, feed: str, client: Client) -> None:
    certificate = issue(NOW + 45 * DAY)

    (event,) = parsed(client, feed).walk("VEVENT")

    assert event["dtend"].dt == certificate.not_after
    assert event["dtend"].dt.tzinfo is not None
    assert event["dtend"].dt.astimezone(UTC) == NOW + 45 * DAY
    assert event["summary"] == "Push certificate of Acme ends"
    assert certificate.serial in event["description"]
    assert event["url"].endswith(f"/certificates/{certificate.pk}/renew")
    assert [alarm["trigger"].dt for alarm in event.walk("VALARM")] == [
        -timedelta(days=days) for days in (30, 14, 7, 1)
    ]
    assert {alarm["action"] for alarm in event.walk("VALARM")} == {"DISPLAY"}


def test_it_is_what_the_three_programs_take(issue: Issue, feed: str, client: Client) -> None:
    issue(NOW + 45 * DAY)

    answer = client.get(feed)
    lines = answer.content.decode().split("\r\n")

    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert lines[0] == "BEGIN:VCALENDAR"
    assert {"VERSION:2.0", "METHOD:PUBLISH", "CALSCALE:GREGORIAN"} <= set(lines)
    assert "DTEND:20280108T070000Z" in lines
    assert any(line.startswith("DTSTAMP:") and line.endswith("Z") for line in lines)
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT12H" in lines
    assert max(len(line.encode()) for line in lines) <= 75
    assert "\n" not in "".join(lines)


def test_a_renewal_moves_the_event(issue: Issue, feed: str, client: Client) -> None:
    old = issue(NOW + 45 * DAY)
    (before,) = parsed(client, feed).walk("VEVENT")
    PushCertificate.objects.filter(pk=old.pk).update(state="superseded")
    new = issue(NOW + 400 * DAY)
    PushCertificate.objects.filter(pk=new.pk).update(topic=old.topic)

    (after,) = parsed(client, feed).walk("VEVENT")

    assert after["uid"] == before["uid"]
    assert (before["sequence"], after["sequence"]) == (0, 1)
    assert after["dtend"].dt > before["dtend"].dt


def test_it_names_no_person_and_no_account(
    issue: Issue, feed: str, contact: Contact, client: Client
) -> None:
    issue(NOW + 45 * DAY)

    content = client.get(feed).content.decode().replace("\r\n ", "")

    # The one sign is in the identifier of the event.
    assert content.count("@") == 1
    assert "Ada" not in content


def test_a_name_cannot_write_a_line_of_its_own(issue: Issue, feed: str, client: Client) -> None:
    issue(NOW + 45 * DAY)
    Customer.objects.update(name="A;B,C\\nX:y")

    (event,) = parsed(client, feed).walk("VEVENT")

    assert event["summary"] == "Push certificate of A;B,C\\nX:y ends"


def test_an_unchanged_calendar_is_not_sent_again(issue: Issue, feed: str, client: Client) -> None:
    issue(NOW + 45 * DAY)
    first = client.get(feed)

    again = client.get(feed, headers={"If-None-Match": first["ETag"]})

    assert (first["Cache-Control"], first["X-Robots-Tag"]) == ("private, max-age=3600", "noindex")
    assert (again.status_code, again.content) == (304, b"")


def test_another_customers_certificates_are_not_in_it(
    issue: Issue, feed: str, globex: Customer, client: Client
) -> None:
    issue(NOW + 45 * DAY, customer=globex)

    assert parsed(client, feed).walk("VEVENT") == []


@pytest.mark.parametrize("who", ["as_ada", "as_eve", "client"])
def test_without_the_address_it_is_like_none(
    who: str, feed: str, request: pytest.FixtureRequest
) -> None:
    client = request.getfixturevalue(who)

    answers = [client.get(f"{feed[:-5]}x.ics"), client.get("/calendar/.ics")]

    assert {answer.status_code for answer in answers} == {404}


def test_a_new_address_makes_the_old_one_void(
    feed: str, acme: Customer, as_ada: Client, client: Client
) -> None:
    new = made(as_ada, acme)

    assert (client.get(feed).status_code, client.get(new).status_code) == (404, 200)


def test_a_closed_customer_has_no_calendar(feed: str, client: Client) -> None:
    Customer.objects.update(closed_at=NOW)

    assert client.get(feed).status_code == 404


def test_switched_off_it_is_nowhere(
    feed: str, acme: Customer, as_ada: Client, client: Client
) -> None:
    as_ada.post(page(acme), {"off": "yes"})

    assert client.get(feed).status_code == 404
    verbs = Event.objects.order_by("id").values_list("verb", flat=True)
    assert list(verbs)[-2:] == ["open_calendar", "close_calendar"]


def test_the_address_is_shown_once_and_kept_nowhere(
    feed: str, acme: Customer, as_ada: Client
) -> None:
    secret = feed.removeprefix("/calendar/").removesuffix(".ics")

    kept = [
        serializers.serialize("json", rows)
        for rows in (CalendarFeed.objects.all(), Event.objects.all())
    ]
    sessions = [session.get_decoded() for session in Session.objects.all()]

    assert len(secret) >= 43
    assert secret not in f"{kept}{sessions}"
    assert secret not in as_ada.get(page(acme)).content.decode()


def test_readers_make_no_address(acme: Customer, as_bob: Client) -> None:
    assert as_bob.post(page(acme)).status_code == 403
    assert not CalendarFeed.objects.exists()


def test_no_handler_writes_a_secret_address() -> None:
    # Any: the form of logging's own configuration.
    logging_settings: Any = django_settings.LOGGING
    handlers = logging_settings["handlers"].values()

    assert all("secret addresses" in handler["filters"] for handler in handlers)


def test_what_django_refuses_is_logged_without_the_address(
    feed: str, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.addFilter(Redaction())

    client.post(feed)
    client.get(f"{feed}x")

    assert "Method Not Allowed (POST): /calendar/…" in caplog.text
    assert "Not Found: /calendar/…" in caplog.text
    assert feed not in caplog.text


@pytest.mark.parametrize(
    "path",
    [
        "/calendar/s3cret.ics",
        "/reminders/stop/1.s3cret/",
        "/sign-in/1.s3cret/",
        "/transfer/1.s3cret/",
        "/invitations/1.s3cret/",
        "/accounts/password/reset/key/x-s3cret/",
    ],
)
def test_each_kind_of_secret_address_is_known(path: str) -> None:
    said = without_secrets(f"Internal Server Error: {path} 500")

    assert "s3cret" not in said
    assert said.startswith("Internal Server Error: /")
    assert said.endswith("500")


def test_a_record_without_a_secret_stays_as_it_is() -> None:
    record = logging.LogRecord("x", logging.INFO, "p", 1, "Not Found: %s", ("/customers/",), None)

    Redaction().filter(record)

    assert record.args == ("/customers/",)


def test_the_calendar_speaks_the_language_of_who_made_it(
    issue: Issue, acme: Customer, feed: str, client: Client
) -> None:
    CalendarFeed.objects.update(language="de")
    with time_machine.travel(NOW, tick=False):
        issue(NOW + 45 * DAY)

    assert client.get(feed).status_code == 200
