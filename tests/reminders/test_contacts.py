"""Who is told: contacts and switches, kept by admins, ended by one click of their reader."""

import re

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from onboarding import errors, lifecycle, outbox, signed_links, tasks
from onboarding.lifecycle import Actor, contacts
from onboarding.models import Contact, Customer, Event, Mail, Membership, User
from onboarding.signed_links import Purpose
from tests.portal.conftest import as_ada, as_bob, as_eve
from tests.reminders.conftest import DAY, NOW, Issue

__all__ = ["as_ada", "as_bob", "as_eve"]


def page(customer: Customer) -> str:
    return reverse("portal:notifications", args=[customer.pk])


def told(customer: Customer) -> set[str]:
    return customer.readers()


def test_an_admin_adds_a_contact(acme: Customer, as_ada: Client) -> None:
    answer = as_ada.post(
        reverse("portal:contact", args=[acme.pk]),
        {"email": "it@acme.example", "name": "IT", "language": "de", "wants_reminders": "on"},
    )

    assert answer["Location"] == page(acme)
    contact = Contact.objects.get()
    assert (contact.name, contact.language, contact.wants_reminders) == ("IT", "de", True)
    assert Event.objects.get(verb="add_contact").facts["email"] == "it@acme.example"


def test_the_form_for_a_new_contact_begins_empty_and_told(acme: Customer, as_ada: Client) -> None:
    page = as_ada.get(reverse("portal:contact", args=[acme.pk])).content.decode()

    assert re.search(r'<input type="text" name="name"[^>]*>', page)
    assert not re.search(r'name="(?:name|email)"[^>]*value=', page)
    assert re.search(r'name="wants_reminders"[^>]*checked', page)


def test_an_address_that_is_none_loses_nothing(acme: Customer, as_ada: Client) -> None:
    answer = as_ada.post(
        reverse("portal:contact", args=[acme.pk]),
        {"email": "it at acme", "name": "The IT", "language": "de"},
    )

    assert answer.status_code == 422
    assert 'value="The IT"' in answer.content.decode()
    assert not Contact.objects.exists()


def test_a_contact_is_there_once(acme: Customer, contact: Contact, as_ada: Client) -> None:
    answer = as_ada.post(
        reverse("portal:contact", args=[acme.pk]), {"email": "IT@acme.example", "language": "en"}
    )

    assert answer.status_code == 422
    assert "IT@acme.example is a contact already." in answer.content.decode()
    assert Contact.objects.count() == 1


@pytest.mark.parametrize("person", ["ada", "bob"])
def test_a_member_is_told_as_such(
    request: pytest.FixtureRequest, acme: Customer, contact: Contact, as_ada: Client, person: str
) -> None:
    member: User = request.getfixturevalue(person)
    address = reverse("portal:contact", args=[acme.pk])
    typed = {"email": member.email.upper(), "language": "en"}
    sentence = "belongs to Acme already, and is told as a member."

    added = as_ada.post(address, typed)
    changed = as_ada.post(f"{address}?contact={contact.pk}", typed)
    second = as_ada.post(
        reverse("portal:csr_account", args=[acme.pk]),
        {"apple_account": "push@acme.example", "second_contact": member.email},
    )

    for answer in (added, changed, second):
        assert sentence in answer.content.decode()
    assert [one.email for one in Contact.objects.all()] == [contact.email]


def test_a_contact_who_became_a_member_may_be_changed(
    acme: Customer, ada: User, contact: Contact, as_ada: Client
) -> None:
    Contact.objects.filter(pk=contact.pk).update(email=ada.email)

    answer = as_ada.post(
        f"{reverse('portal:contact', args=[acme.pk])}?contact={contact.pk}",
        {"email": ada.email, "name": "Ada", "language": "de"},
    )

    assert answer.status_code == 302


def test_there_are_not_too_many(acme: Customer, ada: User) -> None:
    Contact.objects.bulk_create(
        Contact(customer=acme, email=f"{number}@acme.example") for number in range(contacts.LIMIT)
    )

    with pytest.raises(errors.InvalidContact, match="Acme has 20 contacts already"):
        lifecycle.add_contact(
            acme,
            email="one@more.example",
            name="",
            language="en",
            wants_reminders=True,
            by=Actor.of(ada),
        )


def test_an_admin_changes_a_contact(acme: Customer, contact: Contact, as_ada: Client) -> None:
    address = f"{reverse('portal:contact', args=[acme.pk])}?contact={contact.pk}"
    assert 'value="it@acme.example"' in as_ada.get(address).content.decode()

    as_ada.post(address, {"email": "mdm@acme.example", "language": "en"})

    contact.refresh_from_db()
    assert (contact.email, contact.wants_reminders) == ("mdm@acme.example", False)


def test_an_admin_removes_a_contact_after_a_question(
    acme: Customer, contact: Contact, as_ada: Client
) -> None:
    address = f"{reverse('portal:contact_remove', args=[acme.pk])}?contact={contact.pk}"

    assert "it@acme.example" in as_ada.get(address).content.decode()
    assert Contact.objects.exists()
    as_ada.post(address)

    assert not Contact.objects.exists()


@pytest.mark.parametrize("name", ["contact", "contact_remove"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_customers_contact_is_like_none(
    name: str, method: str, contact: Contact, globex: Customer, as_eve: Client
) -> None:
    address = reverse(f"portal:{name}", args=[globex.pk])

    foreign, unknown, odd = (
        getattr(as_eve, method)(f"{address}?contact={pk}").status_code
        for pk in (contact.pk, contact.pk + 1000, "x")
    )

    assert (foreign, unknown, odd) == (404, 404, 404)
    assert Contact.objects.exists()


def test_an_admin_chooses_who_is_told(
    acme: Customer, contact: Contact, bob: User, as_ada: Client
) -> None:
    member = Membership.objects.get(user=bob)

    as_ada.post(page(acme), {"told": [f"m{member.pk}", "c999999", "nonsense"]})

    assert told(acme) == {bob.email}
    event = Event.objects.get(verb="choose_readers")
    assert event.facts == {"added": [], "removed": ["ada@acme.example", "it@acme.example"]}


def test_another_customers_switches_stay(
    acme: Customer, contact: Contact, globex: Customer, eve: User, as_eve: Client
) -> None:
    own = Membership.objects.get(user=eve)

    as_eve.post(page(globex), {"told": [f"m{own.pk}"]})

    assert told(acme) == {"it@acme.example"}


def test_at_least_one_address_stays_on(acme: Customer, contact: Contact, as_ada: Client) -> None:
    answer = as_ada.post(page(acme), {})

    assert answer.status_code == 422
    assert "Nobody would be told that push of Acme ends." in answer.content.decode()
    assert " checked" not in answer.content.decode(), "the switches stay as they were set"
    assert len(told(acme)) == 2


def test_a_reader_sees_who_is_told_and_no_switches(
    acme: Customer, contact: Contact, as_bob: Client
) -> None:
    seen = as_bob.get(page(acme)).content.decode()

    assert "it@acme.example" in seen
    assert 'type="checkbox"' not in seen
    assert as_bob.post(page(acme), {"told": []}).status_code == 403


def test_the_page_says_when_the_next_reminder_comes(issue: Issue, as_ada: Client) -> None:
    certificate = issue(NOW + 45 * DAY)

    with time_machine.travel(NOW, tick=False):
        tasks.remind()
        as_ada.force_login(certificate.csr.requested_by)
        seen = as_ada.get(page(certificate.customer)).content.decode()

    assert "9 December 2027" in seen
    assert "within the last 60 days" in seen


@pytest.fixture
def stop(issue: Issue) -> str:
    """The link to stop reminders in the contact's mail, as a path."""
    issue(NOW + 14 * DAY)
    with time_machine.travel(NOW, tick=False):
        tasks.remind()
    message = outbox.compose(Mail.objects.get(recipient="it@acme.example"))
    link = str(message.extra_headers["List-Unsubscribe"]).strip("<>")
    return link.removeprefix("http://127.0.0.1:8000")


def test_a_scanner_that_follows_the_link_changes_nothing(
    stop: str, acme: Customer, client: Client
) -> None:
    before = Event.objects.count()

    answers = [client.get(stop), client.head(stop)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert "it@acme.example" in answers[0].content.decode()
    assert answers[0]["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answers[0]["Cache-Control"]
    assert len(told(acme)) == 2
    assert Event.objects.count() == before


def test_one_click_of_the_mail_program_stops_them(stop: str, acme: Customer) -> None:
    answer = Client(enforce_csrf_checks=True).post(stop, {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert told(acme) == {"ada@acme.example"}
    event = Event.objects.get(verb="stop_reminders")
    assert (event.actor, event.actor_name) == (None, "it@acme.example")


def test_a_second_click_changes_nothing_more(stop: str, client: Client) -> None:
    client.post(stop)
    client.post(stop)

    assert Event.objects.filter(verb="stop_reminders").count() == 1


def test_they_can_be_resumed_on_the_same_page(stop: str, acme: Customer, client: Client) -> None:
    page = client.post(stop).content.decode()
    assert "Send them again" in page

    client.post(stop, {"resume": "yes"})

    assert len(told(acme)) == 2


def test_a_removed_contact_does_not_come_back_by_an_old_link(
    stop: str, acme: Customer, client: Client
) -> None:
    Contact.objects.all().delete()

    page = client.post(stop, {"resume": "yes"}).content.decode()

    assert "Send them again" not in page
    assert told(acme) == {"ada@acme.example"}


def test_a_member_stops_their_own_by_the_link(issue: Issue, acme: Customer, client: Client) -> None:
    issue(NOW + 14 * DAY)
    with time_machine.travel(NOW, tick=False):
        tasks.remind()
    mail = Mail.objects.get(recipient="ada@acme.example")

    client.post(signed_links.address(Purpose.STOP, mail.pk))

    assert told(acme) == {"it@acme.example"}


@pytest.mark.parametrize("change", ["other_mail", "other_purpose", "cut"])
def test_a_link_that_nobody_signed_is_like_none(
    stop: str, change: str, acme: Customer, client: Client
) -> None:
    pk, _, signature = stop.rstrip("/").rsplit("/", 1)[1].partition(".")
    forged = {
        "other_mail": f"{int(pk) + 1}.{signature}",
        "other_purpose": signed_links.address(Purpose.ANSWER, int(pk)).split("/")[-2],
        "cut": f"{pk}.{signature[:-1]}",
    }[change]

    answer = client.post(reverse("portal:stop", args=[forged]))

    assert answer.status_code == 404
    assert len(told(acme)) == 2
