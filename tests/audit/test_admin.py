"""The trail in the admin: its standing, its search, and its export."""

import csv
import json
from io import StringIO

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from onboarding import tasks
from onboarding.models import AuditHead, AuditVerification, Customer, Event, User
from tests.admin.pages import page
from tests.audit import bending

LIST = reverse("admin:onboarding_event_changelist")


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root@vendor.example", "pw", name="Root")


@pytest.fixture
def client(client: Client, root: User) -> Client:
    client.force_login(root)
    return client


def content(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_the_list_says_how_the_trail_stands(
    client: Client, chain: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks.send_heads()
    tasks.begin_audit_verification()
    tasks.verify_audit(AuditVerification.objects.get().pk)

    shown = " ".join(content(client, LIST).split())

    assert f"{chain} Events, the last at" in shown
    assert "Events and 1 head<" in shown
    assert "Nothing was changed" in shown
    assert f"number {chain}," in shown
    assert content(client, page(AuditVerification.objects.get()))
    assert "storage" in content(client, page(AuditHead.objects.get()))
    assert "number 1 of the chain" in content(client, page(Event.objects.order_by("pk")[0]))


def test_an_event_that_the_last_verification_names_says_so(client: Client, chain: int) -> None:
    bending.unguard()
    bending.run("DELETE FROM onboarding_event WHERE id = %s", bending.event_of(2))
    bending.run("UPDATE onboarding_event SET verb = 'x' WHERE id = %s", bending.event_of(3))
    tasks.begin_audit_verification()
    tasks.verify_audit(AuditVerification.objects.get().pk)
    verification = page(AuditVerification.objects.get())
    before, changed, gone = (
        reverse("admin:onboarding_event_change", args=[bending.event_of(number)])
        for number in (1, 3, 2)
    )

    named, other = content(client, changed), content(client, before)

    assert "number 3 of the chain, was changed" in named
    assert "does not name it" not in named
    assert "does not name it" in other
    assert verification in named
    assert verification in other
    assert changed in content(client, verification)
    assert gone not in content(client, verification)


@pytest.mark.parametrize("term", ["Ada", "ada@acme", "acme", "198.51.100.7"])
def test_events_are_found_by_person_customer_and_address(
    client: Client, chain: int, acme: Customer, term: str
) -> None:
    Event.objects.create(
        at=acme.created_at, verb="approve", actor_name="x", address="198.51.100.7", customer=acme
    )

    assert "/change/" in content(client, f"{LIST}?q={term}&verb=all")
    assert "/change/" not in content(client, f"{LIST}?q=nobody&verb=all").split('id="trail"')[1]


def test_what_the_list_shows_is_exported_whole_and_the_export_is_an_event(
    client: Client, chain: int, root: User
) -> None:
    Event.objects.create(at=root.date_joined, verb="approve", actor_name="=cmd()", facts={"a": 1})

    answer = client.get(f"{LIST}export/csv/?verb=all")
    rows = list(csv.DictReader(StringIO(b"".join(answer).decode())))
    answer = client.get(f"{LIST}export/json/?verb=set_apple_account")
    objects = json.loads(b"".join(answer).decode())

    assert len(rows) >= chain + 1
    assert "'=cmd()" in {row["by"] for row in rows}
    assert {one["verb"] for one in objects} == {"set_apple_account"}
    assert objects[0]["facts"]["before"] == "push@acme.example"
    assert len(objects[0]["seal"]) == 64
    first, second = Event.objects.filter(verb="trail_exported").order_by("pk")
    assert first.facts == {"form": "csv", "filters": {"verb": "all"}}
    assert second.facts["filters"] == {"verb": "set_apple_account"}


def test_changed_rights_and_records_of_people_are_events(
    client: Client, ada: User, root: User
) -> None:
    client.post(
        page(ada),
        {"email": ada.email, "name": "Ada L", "is_active": "on", "is_staff": "on", "groups": []},
    )

    event = Event.objects.get(verb="person_changed")
    assert event.actor == root
    assert event.facts["changes"]["name"] == "“Ada” → “Ada L”"
    assert event.facts["changes"]["is_staff"] == "“False” → “True”"


@pytest.mark.parametrize("statement", bending.NEVER_SHOWN[settings.DATABASES["default"]["ENGINE"]])
def test_an_event_that_cannot_be_read_hides_neither_itself_nor_others(
    client: Client, chain: int, statement: str
) -> None:
    bending.unguard()
    event = bending.event_of(3)
    bending.run(statement.format(event=event, seq=3))
    address = reverse("admin:onboarding_event_change", args=[event])
    tasks.begin_audit_verification()
    tasks.verify_audit(AuditVerification.objects.get().pk)

    listed, itself = content(client, LIST), content(client, address)

    assert address in content(client, page(AuditVerification.objects.get()))
    assert address in listed
    assert reverse("admin:onboarding_event_change", args=[bending.event_of(4)]) in listed
    assert "(unreadable)" in itself
    # Facts do not stand in the list.
    assert ("(unreadable)" in listed) is ("facts" not in statement)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps keys to their type")
def test_a_key_that_is_none_is_marked_and_the_rest_is_shown(client: Client, chain: int) -> None:
    bending.unguard()
    event = bending.event_of(3)
    bending.run("UPDATE onboarding_event SET csr_id = 'none' WHERE id = %s", event)

    listed = content(client, LIST)
    itself = content(client, reverse("admin:onboarding_event_change", args=[event]))
    # The end of a test looks at the keys of all rows.
    bending.run("UPDATE onboarding_event SET csr_id = NULL WHERE id = %s", event)

    for shown in (listed, itself):
        assert "(unreadable)" in shown
        assert "set apple account" in shown


def test_an_event_that_there_is_not_is_none(client: Client) -> None:
    for key in ("999999", "x", "9" * 30):
        address = reverse("admin:onboarding_event_change", args=[key])

        assert client.get(address).status_code == 302
