"""Sign-in by an organisation's own service, against a real one on loopback."""

from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from onboarding import invitation_link, lifecycle
from onboarding.lifecycle import Actor, sign_ins
from onboarding.models import Customer, Event, Membership, SignInService, User
from tests.portal import openid_provider
from tests.portal.openid_provider import Provider
from tests.portal.services import ADA, fresh_limits, provider, service, set_up, sign_in

__all__ = ["fresh_limits", "provider", "service"]
PASSWORD = "correct horse battery"


def refusals(service: SignInService) -> list[tuple[object, ...]]:
    """Why, whose account, and which other address the service vouched for, of each Event."""
    events = Event.objects.filter(
        verb="sign_in_failed",
        facts__step="service",
        facts__service=str(service.pk),
        facts__service_name=service.name,
    ).order_by("pk")
    facts = [one.facts for one in events]
    return [(one["reason"], one["account"], one.get("vouched_for")) for one in facts]


def is_inside(client: Client) -> bool:
    return not client.get("/")["Location"].startswith("/accounts/")


def test_the_address_leads_to_the_service_and_back(
    client: Client, service: SignInService, ada: User
) -> None:
    page = client.post("/accounts/login/", {"login": "ada@ACME.example", "password": ""})
    address = reverse("openid_connect_login", args=[service.pk])

    sign_in(client, service)

    assert f'content="0;url={address}"' in page.content.decode()
    assert f'href="{address}"' in page.content.decode()
    assert is_inside(client)
    assert client.session["_auth_user_id"] == str(ada.pk)
    assert Event.objects.get(verb="signed_in").facts == {
        "means": "service",
        "service": str(service.pk),
        "service_name": service.name,
    }


def test_other_addresses_use_the_password(
    client: Client, service: SignInService, eve: User
) -> None:
    client.post("/accounts/login/", {"login": eve.email, "password": PASSWORD})

    assert is_inside(client)


def test_a_password_alone_does_not_go_round_the_service(
    client: Client, service: SignInService, ada: User
) -> None:
    client.post("/accounts/login/", {"login": ada.email, "password": PASSWORD})

    assert not is_inside(client)


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"email_verified": False}, "does not say that Ada@acme.example is verified"),
        ({"email_verified": "true"}, "does not say that Ada@acme.example is verified"),
        ({"email_verified": None}, "does not say that Ada@acme.example is verified"),
        ({"email": "eve@globex.example"}, "not set up for addresses such as eve@globex.example"),
        ({"email": "ada@acme.example.evil"}, "not set up for addresses such as"),
        ({"email": ""}, "did not tell your e-mail address"),
        ({"email": "nobody@acme.example"}, "There is no account for nobody@acme.example."),
    ],
)
def test_nobody_is_signed_in_on_weak_grounds(
    client: Client,
    service: SignInService,
    provider: Provider,
    ada: User,
    eve: User,
    claims: dict[str, object],
    said: str,
) -> None:
    provider.claims |= claims

    answer = sign_in(client, service)

    assert answer.status_code == 403
    assert said in answer.content.decode()
    assert not is_inside(client)
    assert not SocialAccount.objects.exists()


def test_a_service_vouches_for_its_own_domains_only(
    client: Client, service: SignInService, provider: Provider, eve: User
) -> None:
    with openid_provider.running() as other:
        set_up(other, "globex.example")
        provider.claims |= {"email": eve.email}

        answer = sign_in(client, service)

    assert answer.status_code == 403
    assert not is_inside(client)


@pytest.mark.parametrize(
    ("claims", "written"),
    [
        ({"email_verified": False}, ("address not verified", "ada@acme.example", None)),
        ({"email_verified": "true"}, ("address not verified", "ada@acme.example", None)),
        (
            {"email": "typed@acme.example", "email_verified": False},
            ("address not verified", "unknown", None),
        ),
        (
            {"email": "eve@globex.example"},
            ("address of another domain", "eve@globex.example", None),
        ),
        ({"email": "nobody@else.example"}, ("address of another domain", "unknown", None)),
        ({"email": ""}, ("no address", "unknown", None)),
        ({"email": "nobody@acme.example"}, ("no account", "unknown", "nobody@acme.example")),
        ({"email": "staff@acme.example"}, ("not set up for staff", "staff@acme.example", None)),
        ({"email": "gone@acme.example"}, ("not active", "gone@acme.example", None)),
        ({"aud": "another"}, ("unfit answer", "unknown", None)),
    ],
)
def test_who_is_refused_is_written_down_with_the_reason(
    client: Client,
    service: SignInService,
    provider: Provider,
    ada: User,
    eve: User,
    claims: dict[str, object],
    written: tuple[object, ...],
) -> None:
    User.objects.create_user("staff@acme.example", name="Staff", is_staff=True)
    User.objects.create_user("gone@acme.example", name="Gone", is_active=False)
    provider.claims |= claims

    sign_in(client, service)

    assert refusals(service) == [written]
    assert not is_inside(client)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("state={state}&error=access_denied", "cancelled there"),
        ("state={state}&error=server_error", "refused there"),
        ("state={state}&code=made-up", "unfit answer"),
        ("state=made-up&code=x", "not asked for here"),
        ("code=x", "not asked for here"),
    ],
)
def test_an_answer_of_the_service_that_signs_nobody_in_is_written_down(
    client: Client, service: SignInService, ada: User, answer: str, reason: str
) -> None:
    onward = client.get(reverse("openid_connect_login", args=[service.pk]))["Location"]
    state = parse_qs(urlsplit(onward).query)["state"][0]
    address = reverse("openid_connect_callback", args=[service.pk])

    client.get(f"{address}?{answer.format(state=state)}")

    assert refusals(service) == [(reason, "unknown", None)]


def test_refusals_of_a_service_are_limited_like_other_failed_sign_ins(
    client: Client, service: SignInService
) -> None:
    address = reverse("openid_connect_callback", args=[service.pk])
    for _ in range(2 * sign_ins.EACH):
        client.get(f"{address}?state=made-up&code=x")

    # Ten, and then at 16.
    assert len(refusals(service)) == sign_ins.EACH + 1


def test_two_answers_about_two_people_are_none(
    client: Client, service: SignInService, provider: Provider, ada: User
) -> None:
    provider.userinfo = {**ADA, "sub": "8"}

    assert sign_in(client, service).status_code == 403
    assert refusals(service) == [("answers do not fit each other", "unknown", None)]


@pytest.mark.parametrize(
    "claims", [{"aud": "another"}, {"iss": "https://evil.example"}, {"exp": 1}]
)
def test_a_token_for_others_is_refused(
    client: Client,
    service: SignInService,
    provider: Provider,
    ada: User,
    claims: dict[str, object],
) -> None:
    provider.claims |= claims

    answer = sign_in(client, service)

    assert answer.status_code == 403
    assert not is_inside(client)


def test_an_answer_that_was_not_asked_for_is_refused(
    client: Client, service: SignInService, ada: User
) -> None:
    address = reverse("openid_connect_callback", args=[service.pk])

    answer = client.get(f"{address}?code=x&state=made-up")

    assert answer.status_code == 403
    assert not is_inside(client)


def test_the_same_person_there_cannot_become_another_here(
    service: SignInService, provider: Provider, ada: User, bob: User
) -> None:
    sign_in(Client(), service)
    provider.claims |= {"email": bob.email}

    answer = sign_in(Client(), service)

    assert answer.status_code == 403
    assert SocialAccount.objects.get().user == ada
    assert refusals(service) == [("another person before", bob.email, None)]


def test_nothing_that_the_service_told_is_kept(
    client: Client, service: SignInService, ada: User
) -> None:
    for _ in range(2):
        sign_in(Client(), service)

    assert SocialAccount.objects.get().extra_data == {}
    assert not SocialToken.objects.exists()


def test_a_service_that_is_down_or_odd_gets_a_page(
    client: Client, service: SignInService, provider: Provider, ada: User
) -> None:
    provider.is_down = True

    answer = client.get(reverse("openid_connect_login", args=[service.pk]))

    assert answer.status_code == 502
    assert "does not answer as it should" in answer.content.decode()
    assert refusals(service) == [("unfit answer", "unknown", None)]


def test_a_service_that_was_switched_off_is_none(
    client: Client, service: SignInService, ada: User
) -> None:
    SignInService.objects.update(is_active=False)

    gone = client.get(reverse("openid_connect_login", args=[service.pk]))
    client.post("/accounts/login/", {"login": ada.email, "password": PASSWORD})

    assert gone.status_code == 404
    assert is_inside(client)


def test_who_is_invited_joins_by_the_service(
    client: Client, service: SignInService, provider: Provider, acme: Customer, ada: User
) -> None:
    invitation = lifecycle.invite(
        acme, email="nia@acme.example", role=Membership.Role.READER, by=Actor.of(ada)
    )
    provider.claims = {**ADA, "sub": "9", "email": "nia@acme.example", "name": "Nia"}
    link = urlsplit(invitation_link.address(invitation)).path

    page = client.get(link, follow=True).content.decode()
    sign_in(client, service)

    nia = User.objects.get(email="nia@acme.example")
    assert "Sign in with Acme sign-in" in page
    assert 'name="password"' not in page
    assert (nia.name, nia.has_usable_password()) == ("Nia", False)
    assert acme.memberships.filter(user=nia).exists()
    assert is_inside(client)


@pytest.mark.parametrize(
    ("is_for_staff", "demands", "led_to"),
    [(False, True, 302), (True, False, 302), (True, True, 200)],
)
def test_staff_come_by_a_service_that_is_for_them_and_demands_a_second_factor(
    client: Client,
    provider: Provider,
    sam: User,
    settings: Settings,
    is_for_staff: int,
    demands: int,
    led_to: int,
) -> None:
    settings.STAFF_MFA = True
    service = set_up(
        provider, "vendor.example", is_for_staff=is_for_staff, demands_second_factor=demands
    )
    provider.claims |= {"email": sam.email}

    sign_in(client, service)

    assert client.get("/admin/").status_code == led_to
    assert not Authenticator.objects.exists()


def test_staff_whom_a_service_may_not_sign_in_read_what_to_do(
    client: Client, provider: Provider, sam: User
) -> None:
    service = set_up(provider, "vendor.example")
    provider.claims |= {"email": sam.email}

    page = sign_in(client, service).content.decode()

    for said in ("“signs in vendor staff”", "superuser’s passkey", "manage.py createsuperuser"):
        assert said in page
