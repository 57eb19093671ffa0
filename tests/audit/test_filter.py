"""Events by person, by customer and by day, as somebody types them."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from onboarding.models import Customer, Event, User

LIST = reverse("admin:onboarding_event_changelist")
NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)


@pytest.fixture
def client(client: Client, db: None) -> Client:
    client.force_login(User.objects.create_superuser("root@vendor.example", "pw", name="Root"))
    return client


@pytest.fixture(autouse=True)
def events(ada: User, bob: User, acme: Customer, globex: Customer) -> None:
    """A day apart: Ada for Acme, Bob for Acme, Ada for Globex."""
    for day, (person, customer) in enumerate([(ada, acme), (bob, acme), (ada, globex)]):
        Event.objects.create(
            at=NOON.replace(day=14 + day),
            verb="approve",
            actor=person,
            actor_name=str(person),
            customer=customer,
        )


def days(client: Client, **typed: str) -> Sequence[int]:
    """Of the Events that are listed, the oldest first."""
    answer = client.get(LIST, {"verb": "approve", **typed})
    assert answer.status_code == 200
    return sorted(event.at.day for event in answer.context["cl"].result_list)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ({}, [14, 15, 16]),
        ({"person": "ada"}, [14, 16]),
        ({"person": "bob@acme"}, [15]),
        ({"person": "nobody"}, []),
        ({"customer": "Acme"}, [14, 15]),
        ({"person": "ada", "customer": "globex"}, [16]),
        ({"since": "2026-03-15"}, [15, 16]),
        ({"until": "2026-03-15"}, [14, 15]),
        ({"since": "2026-03-15", "until": "2026-03-15"}, [15]),
        ({"until": "9999-12-31"}, [14, 15, 16]),
    ],
)
def test_events_are_narrowed_by_what_is_typed(
    client: Client, typed: dict[str, str], found: list[int]
) -> None:
    assert days(client, **typed) == found


def test_no_day_leads_to_the_whole_list(client: Client) -> None:
    answer = client.get(LIST, {"since": "yesterday"})

    assert answer.status_code == 302


def test_what_was_typed_stays_and_what_else_narrows_too(client: Client) -> None:
    content = client.get(LIST, {"person": "ada", "verb": "approve", "p": "1"}).content.decode()

    form = content.split('class="typed-filter"')[1].split("</form>")[0]
    assert 'name="person" value="ada"' in form
    assert 'type="hidden" name="verb" value="approve"' in form
    assert 'name="p"' not in form


def test_the_export_holds_what_was_typed_for(client: Client) -> None:
    answer = client.get(f"{LIST}export/csv/?verb=approve&customer=globex")

    lines = b"".join(answer).decode().splitlines()
    assert len(lines) == 2
    assert "Globex" in lines[1]
