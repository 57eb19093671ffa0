"""Names are what others read: nothing unseen, nothing that turns the text around them."""

import pytest
from django.test import Client
from django.urls import reverse

from onboarding import invitation_link, lifecycle, shown_name
from onboarding.lifecycle import Actor
from onboarding.models import Customer, Membership, User

UNSEEN = ["\u202e\u202e", "\u200b\u2060", "Otto \u202eelgooG", "\u200d", "A\nB", "\u00a0"]
PLAIN = ["Otto", "O’Brien-Müller", "דנה כהן", "می\u200cخواهم", "👩\u200d💻 Ada"]
SENTENCE = "characters that nobody sees"


@pytest.mark.parametrize("name", UNSEEN)
def test_who_joins_is_asked_for_one_that_others_can_read(
    client: Client, acme: Customer, ada: User, name: str
) -> None:
    invited = lifecycle.invite(
        acme, email="nia@acme.example", role=Membership.Role.READER, by=Actor.of(ada)
    )
    client.get(invitation_link.address(invited).removeprefix("http://127.0.0.1:8000"), follow=True)

    answer = client.post("/invitation", {"name": name, "password": "correct horse battery"})

    # Of blanks alone the form says that the field is empty.
    assert answer.status_code == 422
    assert (SENTENCE in answer.content.decode()) == bool(name.strip())
    assert not User.objects.filter(email="nia@acme.example").exists()


@pytest.mark.parametrize("name", UNSEEN[:3])
def test_a_contacts_and_a_person_of_staffs_are_asked_for_alike(
    as_ada: Client, client: Client, acme: Customer, name: str
) -> None:
    root = User.objects.create_superuser("root@vendor.example", "pw", name="Root")
    client.force_login(root)
    contact = {"email": "it@acme.example", "name": name, "language": "en"}
    person = {"email": "new@acme.example", "name": name, "usable_password": "false"}

    pages = [
        as_ada.post(reverse("portal:contact", args=[acme.pk]), contact),
        client.post(reverse("admin:onboarding_user_add"), person),
        client.post(reverse("admin:onboarding_user_change", args=[root.pk]), person),
    ]

    for page in pages:
        assert SENTENCE in page.content.decode()
    assert not acme.contacts.exists()
    assert not User.objects.filter(name=name).exists()


@pytest.mark.parametrize("name", PLAIN)
def test_what_people_are_called_is_taken(name: str) -> None:
    assert shown_name.is_plain(name)
    assert shown_name.plain(name) == name


@pytest.mark.parametrize(
    ("name", "plain"), [("Otto \u202eX\n", "Otto X"), ("\u202e", ""), ("\u200d", "")]
)
def test_a_service_may_name_a_person_as_it_likes(name: str, plain: str) -> None:
    assert shown_name.plain(name) == plain
