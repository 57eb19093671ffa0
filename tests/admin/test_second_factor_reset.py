"""Who lost app, passkey and codes is helped by staff; nobody helps themselves, or a superuser."""

from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from onboarding import errors, lifecycle, outbox
from onboarding.lifecycle import Actor
from onboarding.models import Event, Mail, User
from tests.admin.pages import page

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def fresh_limits(db: None) -> None:
    cache.clear()


@pytest.fixture
def signed_in(ada: User) -> Client:
    """Ada on her phone, before she lost it."""
    client = Client()
    client.post("/accounts/login/", {"login": ada.email, "password": PASSWORD})
    return client


def equip(user: User) -> None:
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)


def address(user: User) -> str:
    return reverse("admin:onboarding_user_reset", args=[user.pk])


def test_staff_reset_the_second_factor_of_who_lost_it(
    staff_client: Client, sam: User, ada: User, eve: User, signed_in: Client
) -> None:
    equip(ada)
    equip(eve)

    offered = staff_client.get(page(ada)).content.decode()
    asked = staff_client.get(address(ada)).content.decode()
    staff_client.post(address(ada), {"reason": "Phone in the lake."})

    assert address(ada) in offered
    assert "call them on a number that you know" in asked
    assert set(Authenticator.objects.values_list("user", flat=True)) == {eve.pk}
    assert not UserSession.objects.filter(user=ada).exists()
    assert signed_in.get("/")["Location"].startswith("/accounts/login/")
    event = Event.objects.get(verb="reset_second_factor")
    assert event.actor == sam
    assert event.facts == {
        "person": ada.email,
        "reason": "Phone in the lake.",
        "kinds": ["recovery_codes", "totp"],
        "sessions_ended": 1,
    }
    assert not Event.objects.filter(verb="sign_in_changed").exists()


def test_the_person_reads_what_happened_and_by_whom(ada: User, sam: User) -> None:
    equip(ada)
    lifecycle.reset_second_factor(ada, reason="Phone in the lake.", by=Actor.of(sam))

    message = outbox.compose(Mail.objects.get(person=ada))

    assert message.to == [ada.email]
    assert message.subject == "Your second factor was reset"
    for text in (str(message.body), str(message.alternatives[0][0])):
        assert "Sam of" in text
        assert ada.email in text
        assert "If you did not ask for that" in text
        assert "lake" not in text


def test_a_reason_is_demanded(staff_client: Client, ada: User, sam: User) -> None:
    equip(ada)

    answer = staff_client.post(address(ada), {"reason": "  "})

    assert answer.status_code == 422
    assert "Give a reason." in answer.content.decode()
    with pytest.raises(errors.MissingReason):
        lifecycle.reset_second_factor(ada, reason=" ", by=Actor.of(sam))
    assert Authenticator.objects.filter(user=ada).count() == 2


def test_where_there_is_nothing_to_reset_nothing_happens(ada: User, sam: User) -> None:
    with pytest.raises(errors.WrongState, match="has no second factor"):
        lifecycle.reset_second_factor(ada, reason="Lost.", by=Actor.of(sam))

    assert not Mail.objects.exists()


@pytest.mark.parametrize("who", ["sam", "root"])
def test_staff_reset_neither_their_own_nor_a_superusers(
    request: pytest.FixtureRequest, staff_client: Client, sam: User, who: str
) -> None:
    target = request.getfixturevalue(who)
    equip(target)

    offered = staff_client.get(page(target)).content.decode()
    answer = staff_client.post(address(target), {"reason": "Lost."})

    assert address(target) not in offered
    assert answer.status_code == 422
    assert Authenticator.objects.filter(user=target).exists()


def test_a_superuser_resets_another_superusers_but_not_their_own(root: User) -> None:
    other = User.objects.create_superuser("other@vendor.example", "pw", name="Other")
    equip(other)
    equip(root)

    lifecycle.reset_second_factor(other, reason="Lost.", by=Actor.of(root))

    assert not Authenticator.objects.filter(user=other).exists()
    with pytest.raises(errors.NotAllowed, match="their own"):
        lifecycle.reset_second_factor(root, reason="Lost.", by=Actor.of(root))


@pytest.mark.parametrize("who", ["ada", "eve", "tom"])
def test_who_may_not_is_refused(
    request: pytest.FixtureRequest, client_of: Callable[[User], Client], bob: User, who: str
) -> None:
    equip(bob)

    answer = client_of(request.getfixturevalue(who)).post(address(bob), {"reason": "Lost."})

    assert answer.status_code in {302, 403}
    assert Authenticator.objects.filter(user=bob).exists()
