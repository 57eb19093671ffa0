"""Sign-in by an organisation's own service, against a real one on loopback."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.core import mail
from django.core.cache import cache
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from onboarding import at_rest, invitation_link, lifecycle, tasks
from onboarding.lifecycle import Actor, sign_ins
from onboarding.models import Customer, Event, Membership, SignInService, User
from tests.portal import openid_provider
from tests.portal.openid_provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.portal.pages import text
from tests.portal.test_doors import without_token

PASSWORD = "correct horse battery"
ADA = {"sub": "7", "email": "Ada@acme.example", "email_verified": True, "name": "Ada"}
ADD = "/admin/onboarding/signinservice/add/"


@pytest.fixture(autouse=True)
def fresh_limits(db: None) -> None:
    cache.clear()


@pytest.fixture
def provider() -> Iterator[Provider]:
    with openid_provider.running() as provider:
        provider.claims = dict(ADA)
        yield provider


@pytest.fixture
def service(provider: Provider) -> SignInService:
    return set_up(provider, "acme.example")


def set_up(provider: Provider, domain: str, **more: Any) -> SignInService:
    """Any: fields of the service."""
    service = SignInService.objects.create(
        name="Acme sign-in",
        issuer=provider.issuer,
        client_id=CLIENT_ID,
        sealed_client_secret=at_rest.seal(CLIENT_SECRET, purpose=SignInService.SECRET_PURPOSE),
        **more,
    )
    service.domains.create(name=domain)
    return service


# Any: Django's answer, with what the test client adds to it.
def sign_in(client: Client, service: SignInService) -> Any:
    """There and back, as a browser follows."""
    onward = client.get(reverse("openid_connect_login", args=[service.pk]))
    assert onward.status_code == 302, onward.content.decode()
    there = httpx2.get(onward["Location"])
    back = urlsplit(there.headers["Location"])
    return client.get(f"{back.path}?{back.query}")


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


def test_a_superuser_sets_a_service_up_and_its_secret_is_never_shown(
    client: Client, provider: Provider
) -> None:
    root = User.objects.create_superuser("root@vendor.example", "pw", name="Root")
    client.force_login(root)
    form = {
        "name": "Acme sign-in",
        "issuer": provider.issuer,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "is_active": "on",
        "domains-TOTAL_FORMS": 1,
        "domains-INITIAL_FORMS": 0,
        "domains-0-name": "acme.example",
    }

    without = client.post(ADD, {**form, "client_secret": ""})
    client.post(ADD, form)

    service = SignInService.objects.get()
    page = client.get(reverse("admin:onboarding_signinservice_change", args=[service.pk]))
    assert "Give the secret" in without.content.decode()
    for place in (page.content.decode(), str(Event.objects.values()), service.sealed_client_secret):
        assert CLIENT_SECRET not in place
    assert Event.objects.get(verb="sign_in_service_changed").facts["domains"] == ["acme.example"]
    assert (
        at_rest.unseal(service.sealed_client_secret, purpose=SignInService.SECRET_PURPOSE)
        == CLIENT_SECRET
    )


def reset_mail(client: Client, user: User) -> tuple[str, str]:
    """Text and HTML of what "Forgotten password?" sends, after a look at what the page answers."""
    answers = [
        client.post("/accounts/password/reset/", {"email": email}, follow=True)
        for email in (user.email, "nobody@acme.example")
    ]
    known, unknown = (without_token(one.content) for one in answers)
    assert known == unknown
    tasks.send_password_reset(str(user.pk))
    (message,) = mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    return str(message.body), str(message.alternatives[0][0])


def test_whom_a_service_signs_in_gets_no_link_for_a_password(
    client: Client, service: SignInService, ada: User
) -> None:
    for body in reset_mail(client, ada):
        assert "with Acme sign-in" in body
        assert "/accounts/login/" in body
        assert "/key/" not in body


def test_staff_get_the_link_and_read_what_the_password_is_for(
    client: Client, provider: Provider, sam: User
) -> None:
    set_up(provider, "vendor.example", is_for_staff=True)

    for body in reset_mail(client, sam):
        assert "You sign in with Acme sign-in; the password is no way in for you." in body
        assert "/key/" in body


def test_the_mail_to_others_speaks_of_no_service(
    client: Client, service: SignInService, eve: User
) -> None:
    for body in reset_mail(client, eve):
        assert "/key/" in body
        assert "no way in" not in body


def test_your_account_says_who_signs_one_in(
    client_of: Callable[[User], Client], service: SignInService, ada: User, eve: User
) -> None:
    root = User.objects.create_superuser("root@acme.example", "pw", name="Root")

    adas, eves, roots = (text(client_of(one).get("/accounts/")) for one in (ada, eve, root))

    assert "Acme sign-in" in adas
    assert "Password and passkeys are no way in for you." in adas
    assert "asked for after the password" not in adas
    assert "your passkey is, should the service be down" in roots
    assert "Acme sign-in" not in eves
    assert "no way in" not in eves


def of_vendor(provider: Provider, **changed: str) -> dict[str, str]:
    """What the page of a service for the vendor's own domain sends."""
    return {
        "name": "Vendor sign-in",
        "issuer": provider.issuer,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "is_active": "on",
        "domains-TOTAL_FORMS": "1",
        "domains-INITIAL_FORMS": "0",
        "domains-0-name": "vendor.example",
        **changed,
    }


def test_no_service_locks_staff_out(client: Client, provider: Provider, sam: User) -> None:
    root = User.objects.create_superuser("root@Vendor.example", "pw", name="Root")
    for name in ("pat", "quin", "rae"):
        User.objects.create_user(f"{name}@vendor.example", name=name, is_staff=True)
    User.objects.create_user("gone@vendor.example", name="x", is_staff=True, is_active=False)
    client.force_login(root)

    page = client.post(ADD, of_vendor(provider)).content.decode()

    assert (
        "This would lock out 5 of the vendor’s staff: pat@vendor.example, quin@vendor.example,"
        " rae@vendor.example and 2 more."
    ) in page
    assert not SignInService.objects.exists()


def test_a_superuser_with_a_passkey_is_not_locked_out(client: Client, provider: Provider) -> None:
    root = User.objects.create_superuser("root@vendor.example", "pw", name="Root")
    client.force_login(root)

    refused = client.post(ADD, of_vendor(provider)).content.decode()
    Authenticator.objects.create(user=root, type="webauthn", data={"name": "Phone"})
    client.post(ADD, of_vendor(provider))

    assert "lock out 1 of the vendor’s staff: root@vendor.example." in refused
    assert SignInService.objects.exists()


@pytest.mark.parametrize("changed", [{"is_for_staff": "on"}, {"is_active": ""}])
def test_a_service_that_lets_staff_in_or_is_off_is_saved(
    client: Client, provider: Provider, sam: User, changed: dict[str, str]
) -> None:
    client.force_login(User.objects.create_superuser("root@else.example", "pw", name="Root"))

    client.post(ADD, of_vendor(provider, **changed))

    assert SignInService.objects.exists()


def test_a_domain_that_locks_staff_out_is_taken_away(
    client: Client, provider: Provider, sam: User
) -> None:
    service = set_up(provider, "vendor.example")
    client.force_login(User.objects.create_superuser("root@else.example", "pw", name="Root"))
    address = reverse("admin:onboarding_signinservice_change", args=[service.pk])
    row = {
        "domains-INITIAL_FORMS": "1",
        "domains-0-id": str(service.domains.get().pk),
        "domains-0-service": str(service.pk),
    }

    client.post(address, of_vendor(provider, **row, **{"domains-0-DELETE": "on"}))

    assert not service.domains.exists()


def test_staff_whom_a_service_may_not_sign_in_read_what_to_do(
    client: Client, provider: Provider, sam: User
) -> None:
    service = set_up(provider, "vendor.example")
    provider.claims |= {"email": sam.email}

    page = sign_in(client, service).content.decode()

    for said in ("“signs in vendor staff”", "superuser’s passkey", "manage.py createsuperuser"):
        assert said in page


@pytest.mark.parametrize("issuer", ["http://idp.example", "ftp://idp.example", "idp"])
def test_an_issuer_is_asked_over_tls_only(client: Client, issuer: str) -> None:
    root = User.objects.create_superuser("root@vendor.example", "pw", name="Root")
    client.force_login(root)

    client.post(
        ADD,
        {
            "name": "x",
            "issuer": issuer,
            "client_id": "x",
            "client_secret": "x",
            "domains-TOTAL_FORMS": 0,
            "domains-INITIAL_FORMS": 0,
        },
    )

    assert not SignInService.objects.exists()


def test_other_staff_set_up_no_service(client: Client, sam: User, service: SignInService) -> None:
    client.force_login(sam)
    addresses = [
        ADD,
        "/admin/onboarding/signinservice/",
        reverse("admin:onboarding_signinservice_change", args=[service.pk]),
    ]

    assert [client.get(one).status_code for one in addresses] == [403, 403, 403]
