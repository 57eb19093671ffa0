"""The People page: who is there, who may change it, and that somebody always can."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from onboarding import errors, lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import Customer, Event, Mail, Membership, User

ADMIN, READER = Membership.Role.ADMIN, Membership.Role.READER
# What the page that asks sends.
TO_READER = {"role": "reader", "confirmed": "yes"}


def people(customer: Customer) -> str:
    return reverse("portal:people", args=[customer.pk])


def of(user: User) -> Membership:
    return Membership.objects.get(user=user)


def test_an_admin_sees_members_and_open_invitations(
    as_ada: Client, acme: Customer, bob: User, ada: User
) -> None:
    lifecycle.invite(acme, email="nia@acme.example", role=READER, by=Actor.of(ada))

    page = as_ada.get(people(acme)).content.decode()

    for text in ("Ada", "bob@acme.example", "nia@acme.example", "Send a new link", "Make admin"):
        assert text in page


def test_a_reader_sees_and_acts_on_nothing(as_bob: Client, acme: Customer, ada: User) -> None:
    lifecycle.invite(acme, email="nia@acme.example", role=READER, by=Actor.of(ada))

    page = as_bob.get(people(acme)).content.decode()

    assert "nia@acme.example" in page
    assert not re.search(r'"/(members|invitations)/|name="email"', page)


def test_an_admin_invites_a_colleague(as_ada: Client, acme: Customer) -> None:
    answer = as_ada.post(people(acme), {"email": "nia@acme.example", "role": "admin"}, follow=True)

    assert "A link for nia@acme.example is on its way by mail." in answer.content.decode()
    assert acme.invitations.get().role == ADMIN
    assert Mail.objects.get(kind=Mail.Kind.INVITATION).recipient == "nia@acme.example"


def test_an_invitation_is_offered_in_the_admins_own_language(
    as_ada: Client, acme: Customer, ada: User
) -> None:
    User.objects.filter(pk=ada.pk).update(language="de")

    page = as_ada.get(people(acme)).content.decode()
    typed = {"email": "nia@acme.example", "role": "reader", "language": "de"}
    as_ada.post(people(acme), typed)

    assert '<option value="de" selected>Deutsch</option>' in page
    assert acme.invitations.get().language == "de"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"email": "no address", "role": "reader"}, "Enter a valid email address."),
        ({"email": "bob@acme.example", "role": "reader"}, "belongs to Acme already"),
        ({"email": "nia@acme.example", "role": "owner"}, "owner is not one of"),
    ],
)
def test_a_wrong_invitation_is_explained_beside_its_field(
    as_ada: Client, acme: Customer, bob: User, typed: dict[str, str], said: str
) -> None:
    answer = as_ada.post(people(acme), typed)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert f'value="{typed["email"]}"' in answer.content.decode()


def test_a_role_is_changed_and_told(as_ada: Client, acme: Customer, bob: User) -> None:
    as_ada.post(reverse("portal:member_role", args=[of(bob).pk]), {"role": "admin"})

    event = Event.objects.get(verb="change_role")
    assert of(bob).role == ADMIN
    assert (event.facts["before"], event.facts["role"]) == ("reader", "admin")
    assert Mail.objects.get(kind=Mail.Kind.ROLE_CHANGED).recipient == bob.email


def test_a_role_that_there_is_not_changes_nothing(as_ada: Client, bob: User) -> None:
    as_ada.post(reverse("portal:member_role", args=[of(bob).pk]), {"role": "owner"})

    assert of(bob).role == READER


def test_removing_asks_first_and_ends_the_access_at_once(
    as_ada: Client, as_bob: Client, acme: Customer, bob: User
) -> None:
    address = reverse("portal:member_remove", args=[of(bob).pk])
    before = as_bob.get(acme.get_absolute_url()).status_code
    asked = as_ada.get(address)
    still = Membership.objects.filter(user=bob).exists()

    as_ada.post(address)

    assert "Remove Bob?" in asked.content.decode()
    assert (before, still) == (200, True)
    assert as_bob.get(acme.get_absolute_url()).status_code == 404
    assert as_bob.get(people(acme)).status_code == 404
    assert Event.objects.get(verb="remove_member").facts["person"] == "Bob"
    assert Mail.objects.get(kind=Mail.Kind.REMOVED).recipient == bob.email


def test_the_last_admin_stays(as_ada: Client, acme: Customer, ada: User, bob: User) -> None:
    removed = as_ada.post(reverse("portal:member_remove", args=[of(ada).pk]), follow=True)
    as_ada.post(reverse("portal:member_role", args=[of(ada).pk]), TO_READER)

    assert "Ada is the last admin of Acme." in removed.content.decode()
    assert of(ada).role == ADMIN


def test_the_last_admin_is_not_offered_to_leave(
    as_ada: Client, acme: Customer, ada: User, bob: User
) -> None:
    ways = [reverse(f"portal:{one}", args=[of(ada).pk]) for one in ("member_remove", "member_role")]
    alone = as_ada.get(people(acme)).content.decode()
    Membership.objects.filter(user=bob).update(role=ADMIN)
    together = as_ada.get(people(acme)).content.decode()

    for way in ways:
        assert way not in alone
        assert way in together
    assert "without an admin nobody could renew" in alone
    assert "without an admin nobody could renew" not in together


@pytest.mark.parametrize("name", ["member_remove", "member_role"])
def test_by_its_address_the_last_admin_is_told_what_to_do_first(
    name: str, as_ada: Client, acme: Customer, ada: User, bob: User
) -> None:
    page = as_ada.get(reverse(f"portal:{name}", args=[of(ada).pk])).content.decode()

    assert "<h1>The last admin stays</h1>" in page
    assert "Make somebody else an admin first" in page
    assert "ask your MDM vendor" in page
    assert f'href="{people(acme)}"' in page
    assert "btn-bad" not in page


@pytest.mark.parametrize(
    ("name", "asked"), [("ada", "Become reader of Acme?"), ("bob", "Make Bob a reader?")]
)
def test_an_admin_is_asked_before_she_makes_herself_or_a_colleague_a_reader(
    name: str, asked: str, as_ada: Client, acme: Customer, ada: User, bob: User
) -> None:
    Membership.objects.update(role=ADMIN)
    person = {"ada": ada, "bob": bob}[name]
    address = reverse("portal:member_role", args=[of(person).pk])

    listed = as_ada.get(people(acme)).content.decode()
    page = as_ada.get(address).content.decode()
    # As from a page that was loaded before somebody became an admin.
    unconfirmed = as_ada.post(address, {"role": "reader"}).content.decode()
    before = of(person).role
    as_ada.post(address, TO_READER)

    assert f'href="{address}"' in listed
    assert f'action="{address}"' not in listed
    assert asked in page
    assert asked in unconfirmed
    assert (before, of(person).role) == (ADMIN, READER)


def test_of_a_reader_it_is_not_asked(as_ada: Client, acme: Customer, bob: User) -> None:
    address = reverse("portal:member_role", args=[of(bob).pk])

    answers = as_ada.get(address), as_ada.post(address, {"role": "reader"})

    assert {answer["Location"] for answer in answers} == {people(acme)}


def test_an_admin_who_is_switched_off_does_not_count(ada: User, bob: User) -> None:
    Membership.objects.update(role=ADMIN)
    User.objects.filter(pk=bob.pk).update(is_active=False)

    with pytest.raises(errors.LastAdmin):
        lifecycle.remove_member(of(ada), by=Actor.of(ada))


def test_who_leaves_goes_to_the_overview(as_ada: Client, ada: User, bob: User) -> None:
    Membership.objects.update(role=ADMIN)

    answer = as_ada.post(reverse("portal:member_remove", args=[of(ada).pk]))

    assert answer["Location"] == "/"
    assert not ada.memberships.exists()


def test_a_reader_and_another_customer_change_nobody(ada: User, bob: User, eve: User) -> None:
    for person in (bob, eve):
        with pytest.raises(errors.NotAllowed):
            lifecycle.change_role(of(bob), role=ADMIN, by=Actor.of(person))
        with pytest.raises(errors.NotAllowed):
            lifecycle.remove_member(of(ada), by=Actor.of(person))

    assert (of(ada).role, of(bob).role) == (ADMIN, READER)


def test_removed_by_somebody_else_meanwhile_is_told(ada: User, bob: User) -> None:
    member = of(bob)
    lifecycle.remove_member(member, by=Actor.of(ada))

    with pytest.raises(errors.WrongState, match="does not belong to Acme any more"):
        lifecycle.change_role(member, role=ADMIN, by=Actor.of(ada))
