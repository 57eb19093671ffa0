"""From the mail to a member: each right way in, and each link that does not work."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core import mail, signing
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from onboarding import errors, invitation_link, lifecycle, moments, outbox
from onboarding.lifecycle import Actor
from onboarding.models import Customer, Event, Invitation, Mail, Membership, User

PASSWORD = "correct horse battery"
NEW = {"name": "Nia", "password": PASSWORD}
PAGE = "/invitation"


def link_of(invitation: Invitation) -> str:
    """The path in the mail, as the worker makes it."""
    return invitation_link.address(invitation).removeprefix("http://127.0.0.1:8000")


# Any: Django's answer, with what the test client adds to it.
def follow(client: Client, invitation: Invitation) -> Any:
    return client.get(link_of(invitation), follow=True)


def test_who_has_no_account_joins_and_is_signed_in(client: Client, invited: Invitation) -> None:
    page = follow(client, invited)
    answer = client.post(PAGE, NEW, follow=True)

    nia = User.objects.get(email="nia@acme.example")
    assert page.status_code == 200
    assert (nia.name, nia.check_password(PASSWORD)) == ("Nia", True)
    assert invited.customer.memberships.get(user=nia).role == Membership.Role.READER
    assert answer.redirect_chain[-1][0] == invited.customer.get_absolute_url()
    assert "You belong to Acme now." in answer.content.decode()
    event = Event.objects.get(verb="accept_invitation")
    assert (event.actor, event.customer) == (nia, invited.customer)
    assert Event.objects.get(verb="signed_in").facts == {"means": "invitation"}


def test_who_wants_a_passkey_joins_without_a_password(client: Client, invited: Invitation) -> None:
    follow(client, invited)

    answer = client.post(PAGE, {"name": "Nia", "way": "passkey"})

    nia = User.objects.get(email="nia@acme.example")
    assert answer["Location"] == "/accounts/passkeys/add/"
    assert client.get(answer["Location"]).status_code == 200
    assert not nia.has_usable_password()


def test_the_address_of_the_page_is_not_the_link(client: Client, invited: Invitation) -> None:
    answer = client.get(link_of(invited))

    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert "no-cache" in answer["Cache-Control"]


def test_looking_at_the_link_uses_nothing_up(invited: Invitation) -> None:
    for _ in range(3):
        follow(Client(), invited)

    assert follow(Client(), invited).status_code == 200


def test_the_mail_has_the_link_and_nothing_keeps_it(client: Client, invited: Invitation) -> None:
    outbox.drain()
    (message,) = mail.outbox
    (token,) = re.findall(r"/invitations/(\S+)/", str(message.body))

    page = client.get(f"/invitations/{token}/", follow=True)

    assert message.to == ["nia@acme.example"]
    assert page.status_code == 200
    for row in (*Event.objects.values(), *Mail.objects.values(), *Invitation.objects.values()):
        assert token not in str(row)
    assert token not in str(dict(client.session))
    assert token not in page.content.decode()


@pytest.mark.parametrize("part", ["text", "html"])
def test_the_mail_says_what_it_is_from_whom_what_to_do_and_until_when(
    part: str, invited: Invitation
) -> None:
    outbox.drain()
    (message,) = mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    written = str(message.body if part == "text" else message.alternatives[0][0])

    order = [
        "A push certificate is what Apple asks for",
        "Ada invites you",
        "What to do:",
        "/invitations/",
        f"until {moments.exact(invited.expires_at)}",
    ]
    places = [written.index(one) for one in order]
    assert places == sorted(places)


@pytest.fixture
def invited_in_german(acme: Customer, ada: User) -> Invitation:
    return lifecycle.invite(
        acme,
        email="nia@acme.example",
        role=Membership.Role.READER,
        language="de",
        by=Actor.of(ada),
    )


def test_mail_page_and_account_are_in_the_language_of_the_invitation(
    client: Client, invited_in_german: Invitation
) -> None:
    outbox.drain()
    page = follow(client, invited_in_german)
    client.post(PAGE, NEW)

    (message,) = mail.outbox
    assert message.subject == "Einladung zu den Push-Zertifikaten von Acme"
    assert '<html lang="de"' in page.content.decode()
    assert User.objects.get(email="nia@acme.example").language == "de"


def test_who_switches_before_joining_keeps_that_language(
    client: Client, invited_in_german: Invitation
) -> None:
    follow(client, invited_in_german)
    client.post("/language", {"language": "en"})
    client.post(PAGE, NEW)

    assert User.objects.get(email="nia@acme.example").language == "en"


def test_a_person_with_an_own_language_is_invited_in_it(
    as_eve: Client, acme: Customer, ada: User, eve: User
) -> None:
    User.objects.filter(pk=eve.pk).update(language="en")
    invitation = lifecycle.invite(
        acme, email=eve.email, role=Membership.Role.READER, language="de", by=Actor.of(ada)
    )

    outbox.drain()
    page = follow(as_eve, invitation)

    assert mail.outbox[0].subject == "You are invited to the push certificates of Acme"
    assert '<html lang="en' in page.content.decode()
    assert settings.LANGUAGE_COOKIE_NAME not in as_eve.cookies


def test_a_person_who_has_chosen_no_language_is_invited_in_that_of_the_invitation(
    acme: Customer, ada: User, eve: User
) -> None:
    lifecycle.invite(
        acme, email=eve.email, role=Membership.Role.READER, language="de", by=Actor.of(ada)
    )

    outbox.drain()

    assert mail.outbox[0].subject.startswith("Einladung")


def test_the_invitations_language_goes_before_a_contacts(acme: Customer, ada: User) -> None:
    acme.contacts.create(email="nia@acme.example", language="en")
    lifecycle.invite(
        acme,
        email="nia@acme.example",
        role=Membership.Role.READER,
        language="de",
        by=Actor.of(ada),
    )

    outbox.drain()

    assert mail.outbox[0].subject.startswith("Einladung")


def test_who_has_an_account_signs_in_and_joins(
    client: Client, acme: Customer, ada: User, eve: User
) -> None:
    invitation = lifecycle.invite(
        acme, email="Eve@Globex.example", role=Membership.Role.ADMIN, by=Actor.of(ada)
    )
    page = follow(client, invitation)
    client.post(
        "/accounts/login/",
        {"login": eve.email, "password": PASSWORD, "next": PAGE},
        follow=True,
    )

    asked = client.get(PAGE)
    client.post(PAGE)

    assert "You have an account with Eve@Globex.example already." in page.content.decode()
    assert asked.status_code == 200
    assert acme.memberships.get(user=eve).role == Membership.Role.ADMIN
    assert eve.memberships.count() == 2


def test_somebody_else_is_told_so_and_joins_nothing(
    as_eve: Client, invited: Invitation, eve: User
) -> None:
    page = follow(as_eve, invited)
    with pytest.raises(errors.AnotherPerson):
        lifecycle.accept(invited, link=1, by=Actor.of(eve))

    assert page.status_code == 403
    assert "sent to nia@acme.example, and you are signed in as eve@globex.example" in " ".join(
        page.content.decode().split()
    )
    assert not invited.customer.memberships.filter(user=eve).exists()


def test_somebody_else_signs_out_and_goes_on(as_eve: Client, invited: Invitation) -> None:
    follow(as_eve, invited)

    answer = as_eve.post(PAGE, follow=True)

    assert "Make the account and join" in answer.content.decode()
    assert as_eve.get("/")["Location"].startswith("/accounts/login/")


def test_a_used_link_says_so(client: Client, invited: Invitation) -> None:
    lifecycle.join(invited, link=1, name="Nia", password=PASSWORD)

    answer = follow(client, invited)

    assert answer.status_code == 410
    assert "This invitation was accepted already." in answer.content.decode()


def test_two_at_once_make_one_account(client: Client, invited: Invitation) -> None:
    other = Client()
    for one in (client, other):
        follow(one, invited)

    answers = [one.post(PAGE, NEW).status_code for one in (client, other)]

    assert answers == [302, 410]
    assert User.objects.filter(email="nia@acme.example").count() == 1


def test_a_withdrawn_link_says_so(client: Client, invited: Invitation, ada: User) -> None:
    lifecycle.withdraw_invitation(invited, by=Actor.of(ada))

    answer = follow(client, invited)

    assert answer.status_code == 410
    assert "This invitation was withdrawn." in answer.content.decode()


def test_withdrawn_while_the_page_was_open_takes_nothing(
    client: Client, invited: Invitation, ada: User
) -> None:
    follow(client, invited)
    lifecycle.withdraw_invitation(invited, by=Actor.of(ada))

    answer = client.post(PAGE, NEW)

    assert answer.status_code == 410
    assert not User.objects.filter(email="nia@acme.example").exists()


def test_a_new_link_ends_the_old_one(client: Client, invited: Invitation, ada: User) -> None:
    old = link_of(invited)
    lifecycle.resend_invitation(invited, by=Actor.of(ada))
    invited.refresh_from_db()

    answer = client.get(old, follow=True)

    assert answer.status_code == 410
    assert "This link was replaced by a newer one." in answer.content.decode()
    assert follow(Client(), invited).status_code == 200


def test_a_new_link_is_mailed_and_the_one_not_mailed_yet_is_not(
    invited: Invitation, ada: User
) -> None:
    lifecycle.resend_invitation(invited, by=Actor.of(ada))

    outbox.drain()

    assert [message.to for message in mail.outbox] == [["nia@acme.example"]]


def test_a_link_works_for_seven_days(client: Client, invited: Invitation, ada: User) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=6, hours=23)):
        assert follow(Client(), invited).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        answer = follow(client, invited)
        lifecycle.resend_invitation(invited, by=Actor.of(ada))
        invited.refresh_from_db()
        again = follow(Client(), invited)

    assert answer.status_code == 410
    assert "is too old now" in answer.content.decode()
    assert again.status_code == 200


@pytest.mark.parametrize("cut", [slice(0, -1), slice(1, None), slice(0, 10)])
def test_a_link_that_is_not_whole_says_so(client: Client, invited: Invitation, cut: slice) -> None:
    token = link_of(invited).split("/")[2][cut]

    answer = client.get(f"/invitations/{token}/", follow=True)

    assert answer.status_code == 410
    assert "This link is not whole" in answer.content.decode()


def test_a_link_for_another_purpose_is_none(client: Client, invited: Invitation) -> None:
    token = signing.dumps([invited.pk.hex, 1])

    answer = client.get(f"/invitations/{token}/", follow=True)

    assert answer.status_code == 410


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": "", "password": PASSWORD}, "This field is required."),
        ({"name": "Nia", "password": "12345678"}, "This password is too common."),
        ({"name": "Nia", "password": "nia@acme.example"}, "too similar to the e-mail address"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(
    client: Client, invited: Invitation, typed: dict[str, str], said: str
) -> None:
    follow(client, invited)

    answer = client.post(PAGE, typed)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert typed["password"] not in answer.content.decode().replace(invited.email, "")
    assert client.post(PAGE, NEW).status_code == 302


def test_a_reader_invites_nobody(acme: Customer, bob: User, eve: User) -> None:
    for person in (bob, eve):
        with pytest.raises(errors.NotAllowed):
            lifecycle.invite(
                acme, email="x@y.example", role=Membership.Role.ADMIN, by=Actor.of(person)
            )

    assert not Invitation.objects.exists()


def test_an_address_is_invited_once(invited: Invitation, acme: Customer, ada: User) -> None:
    for email in ("NIA@acme.example", ada.email):
        with pytest.raises(errors.AlreadyThere):
            lifecycle.invite(acme, email=email, role=Membership.Role.READER, by=Actor.of(ada))


def test_staff_invite_from_the_customers_page(
    client: Client, acme: Customer, ada: User, staff_who_invite: User
) -> None:
    client.force_login(staff_who_invite)
    address = reverse("admin:onboarding_customer_invite", args=[acme.pk])

    shown = client.get(address)
    known = client.post(address, {"email": ada.email, "role": "admin"})
    client.post(address, {"email": "boss@acme.example", "role": "admin"})

    assert shown.status_code == 200
    assert "belongs to Acme already" in known.content.decode()
    assert Invitation.objects.get().invited_by == staff_who_invite


@pytest.mark.parametrize(
    ("spoken", "offered"), [([], "en"), (["de"], "de"), (["de", ""], "de"), (["de", "en"], "en")]
)
def test_staff_are_offered_the_language_of_a_customers_people(
    spoken: list[str], offered: str, client: Client, acme: Customer, staff_who_invite: User
) -> None:
    for number, language in enumerate(spoken):
        person = User.objects.create_user(f"{number}@acme.example", language=language)
        acme.memberships.create(user=person, role=Membership.Role.READER)
    client.force_login(staff_who_invite)
    address = reverse("admin:onboarding_customer_invite", args=[acme.pk])

    page = client.get(address).content.decode()
    client.post(address, {"email": "boss@acme.example", "role": "admin", "language": "de"})

    assert f'<option value="{offered}" selected>' in page
    assert Invitation.objects.get().language == "de"


def test_staff_send_a_link_anew_and_withdraw(
    client: Client, invited: Invitation, staff_who_invite: User
) -> None:
    client.force_login(staff_who_invite)
    page = client.get(reverse("admin:onboarding_invitation_change", args=[invited.pk]))
    again, withdraw = (
        reverse(f"admin:onboarding_invitation_{verb}", args=[invited.pk])
        for verb in ("resend", "withdraw")
    )

    client.post(again)
    client.post(withdraw)

    invited.refresh_from_db()
    content = page.content.decode()
    assert f'formaction="{again}"' in content
    assert "csrfmiddlewaretoken" in content[: content.index(again)]
    assert invited.link == 2
    assert invited.withdrawn_at
