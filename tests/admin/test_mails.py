"""Mails in the admin: where each stands, and what operators do with those that were given up."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from onboarding.models import Alarm, Customer, Mail, User
from tests.admin.conftest import Clients
from tests.admin.pages import page

MAILS = "/admin/onboarding/mail/"
WORDS = "550 5.1.1 No such user"


@pytest.fixture
def refused(acme: Customer) -> Mail:
    return owe(acme, "gone@acme.example", failure=WORDS, refusals=1, refused_at=timezone.now())


def owe(customer: Customer, recipient: str, **columns: object) -> Mail:
    return Mail.objects.create(
        kind=Mail.Kind.REMOVED,
        customer=customer,
        recipient=recipient,
        queued_at=timezone.now(),
        **columns,
    )


def content(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def act(client: Client, action: str, *mails: Mail) -> str:
    form = {"action": action, "_selected_action": [mail.pk for mail in mails]}
    return client.post(MAILS, form, follow=True).content.decode()


def test_each_stands_under_its_state(staff_client: Client, acme: Customer, refused: Mail) -> None:
    owe(acme, "aside@acme.example", refused_at=timezone.now(), put_aside_at=timezone.now())
    owe(acme, "sent@acme.example", sent_at=timezone.now())
    owe(acme, "waits@acme.example")
    states = {"no": "waits", "yes": "sent", "refused": "gone", "aside": "aside"}

    for state, name in states.items():
        listed = content(staff_client, f"{MAILS}?sent={state}")
        assert {one for one in states.values() if f"{one}@acme.example" in listed} == {name}
    assert WORDS in content(staff_client, page(refused))
    assert "Given up" in content(staff_client, page(refused))


def test_an_operator_sends_again_or_puts_aside(
    staff_client: Client, acme: Customer, refused: Mail
) -> None:
    other = owe(acme, "out@acme.example", refused_at=timezone.now())

    again = act(staff_client, "send_again", refused)
    aside = act(staff_client, "put_aside", refused, other)

    refused.refresh_from_db()
    other.refresh_from_db()
    assert "Access ended to gone@acme.example is to be sent again." in again
    assert refused.refused_at is None
    assert "Access ended to out@acme.example is put aside." in aside
    assert "Access ended to gone@acme.example: This mail waits for no decision." in aside
    assert other.put_aside_at


def test_nobody_else_does(client_of: Clients, tom: User, refused: Mail) -> None:
    act(client_of(tom), "put_aside", refused)

    refused.refresh_from_db()
    assert refused.put_aside_at is None
    assert "Put aside" not in content(client_of(tom), MAILS)


def test_the_alarm_says_what_to_do(staff_client: Client, refused: Mail) -> None:
    alarm = Alarm.objects.create(
        kind=Alarm.Kind.MAIL_REFUSED, sentence=WORDS, raised_at=timezone.now()
    )

    assert "“Given up, to be decided”" in content(staff_client, page(alarm))


def test_the_gap_between_numbers_of_pages_leads_nowhere(
    staff_client: Client, acme: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onboarding.admin.page.ReadOnlyPage.list_per_page", 1)
    for number in range(15):
        owe(acme, f"it-{number}@acme.example")

    listed = content(staff_client, MAILS)

    assert re.search(r'<div class="pr-4">\s*…\s*</div>', listed)
    assert not re.search(r"<a[^>]*>\s*…", listed)
