"""What people change of their ways in is an Event and a mail, in one piece with the change."""

import json
import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.core.cache import cache
from django.db import DatabaseError
from django.test import Client

from onboarding import lifecycle, outbox, sign_in_mail
from onboarding.lifecycle import Actor
from onboarding.models import Event, Mail, User
from tests.audit.test_doings import refuse_events
from tests.portal import openid_provider, services
from tests.portal.test_second_factor import PASSWORD, code, prove, set_up_app, sign_in

NEW = "another horse battery"


@pytest.fixture(autouse=True)
def fresh_limits(db: None) -> None:
    cache.clear()


@pytest.fixture
def signed_in(client: Client, ada: User) -> Client:
    sign_in(client, ada)
    return client


def changes() -> list[tuple[str, str]]:
    events = Event.objects.filter(verb="sign_in_changed").order_by("pk")
    return [(one.facts["what"], one.facts["kind"]) for one in events]


def came_by() -> list[dict[str, str]]:
    return [one.facts for one in Event.objects.filter(verb="signed_in").order_by("pk")]


def subjects() -> list[str]:
    mails = Mail.objects.filter(kind=Mail.Kind.SIGN_IN_CHANGED).order_by("pk")
    return [str(outbox.compose(one).subject) for one in mails]


def test_who_signs_in_is_written_down_with_what_was_shown(signed_in: Client, ada: User) -> None:
    secret = set_up_app(signed_in)
    page = signed_in.get("/accounts/recovery-codes/").content.decode()
    recovery_code = re.findall(r"<code>(\d+)</code>", page)[0]

    for shown in (code(secret, ahead=1), recovery_code):
        other = Client()
        other.post(sign_in(other, ada)["Location"], {"code": shown})

    assert came_by() == [
        {"means": "password"},
        {"means": "password", "second_factor": "authenticator app"},
        {"means": "password", "second_factor": "recovery code"},
    ]


@pytest.fixture
def passkey(ada: User, monkeypatch: pytest.MonkeyPatch) -> Authenticator:
    """Of Ada, and accepted from everybody: only tests with a browser have a device."""
    passkey = Authenticator.objects.create(user=ada, type="webauthn", data={"name": "Phone"})
    monkeypatch.setattr(auth, "parse_authentication_response", lambda _: None)
    monkeypatch.setattr(auth, "extract_user_from_response", lambda _: ada)
    monkeypatch.setattr(auth, "complete_authentication", lambda *_: passkey)
    monkeypatch.setattr(auth, "get_credentials", lambda _: [])
    return passkey


def test_a_passkey_is_written_down_alone_or_as_the_second_factor(
    ada: User, passkey: Authenticator
) -> None:
    after_password, alone = Client(), Client()
    after_password.post(sign_in(after_password, ada)["Location"], {"credential": '{"id": "x"}'})
    alone.post("/accounts/passkeys/login/", {"credential": '{"id": "x"}'})

    assert came_by() == [
        {"means": "password", "second_factor": "passkey"},
        {"means": "passkey"},
    ]


# What no browser sends, and what one sends with a key that nobody knows here.
CREDENTIALS = [
    '{"id": "x"}',
    "[1]",
    "7",
    '{"response": {"userHandle": "eA"}}',
    json.dumps(
        {
            "id": "eA",
            "rawId": "eA",
            "type": "public-key",
            "response": dict.fromkeys(
                ("userHandle", "clientDataJSON", "authenticatorData", "signature"), "eA"
            ),
        }
    ),
]


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_a_passkey_that_fits_nobody_is_a_failed_sign_in(client: Client, credential: str) -> None:
    answer = client.post("/accounts/passkeys/login/", {"credential": credential}, follow=True)

    event = Event.objects.get(verb="sign_in_failed")
    assert (event.facts["account"], event.facts["step"]) == ("unknown", "passkey")
    assert "This passkey is not known here" in answer.content.decode()


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_one_that_does_not_fit_at_the_second_step_is_told(
    client: Client, ada: User, credential: str
) -> None:
    Authenticator.objects.create(user=ada, type="webauthn", data={"name": "Phone"})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(auth, "get_credentials", lambda _: [])
        address = sign_in(client, ada)["Location"]
        page = client.post(address, {"credential": credential}).content.decode()

    assert "This passkey is not known here" in page


def test_so_is_that_of_somebody_who_was_switched_off(
    client: Client, ada: User, passkey: Authenticator
) -> None:
    User.objects.filter(pk=ada.pk).update(is_active=False)
    ada.refresh_from_db()
    passkey.user = ada

    client.post("/accounts/passkeys/login/", {"credential": '{"id": "x"}'})

    facts = Event.objects.get(verb="sign_in_failed").facts
    assert (facts["account"], facts["step"]) == (ada.email, "passkey")
    assert facts["reason"] == "not active"
    assert not Event.objects.filter(verb="signed_in").exists()


def test_the_second_step_asks_for_what_there_is(
    client: Client, ada: User, passkey: Authenticator
) -> None:
    first = client.get(sign_in(client, ada)["Location"]).content.decode()
    client.post("/accounts/security/code/", {"credential": '{"id": "x"}'})
    prove(client)
    client.post("/accounts/recovery-codes/new/")
    again = client.get("/accounts/security/code/again/").content.decode()
    set_up_app(client)
    other = Client()
    with_app = other.get(sign_in(other, ada)["Location"]).content.decode()

    assert "Use your passkey, or type one of your recovery codes." in first
    assert "Type one of your recovery codes." in again
    for page in (first, again):
        assert "authenticator app shows" not in page
    assert "Type the code that your authenticator app shows" in with_app


@pytest.mark.parametrize("shown", [{"code": "000000"}, {"credential": '{"id": "x"}'}])
def test_too_many_codes_are_not_mended_by_a_new_password(
    client: Client, ada: User, passkey: Authenticator, shown: dict[str, str]
) -> None:
    address = sign_in(client, ada)["Location"]
    for _ in range(5):
        client.post(address, {"code": "000000"})

    page = client.post(address, shown).content.decode()

    assert "Too many attempts at this step. Wait five minutes, then try again." in page
    assert "reset your password" not in page


def test_a_passkey_that_led_to_the_service_is_not_what_signed_in(
    client: Client, ada: User, passkey: Authenticator
) -> None:
    with openid_provider.running() as provider:
        provider.claims = dict(services.ADA)
        service = services.set_up(provider, "acme.example")

        client.post("/accounts/passkeys/login/", {"credential": '{"id": "x"}'})
        services.sign_in(client, service)

    assert [one["means"] for one in came_by()] == ["service"]


def test_an_app_that_comes_and_goes_is_told(signed_in: Client) -> None:
    secret = set_up_app(signed_in)
    prove(signed_in)
    signed_in.post("/accounts/app/remove/")

    assert changes() == [
        ("second factor added", "totp"),
        ("second factor added", "recovery_codes"),
        ("second factor removed", "totp"),
        ("second factor removed", "recovery_codes"),
    ]
    assert subjects() == [
        "An authenticator app was added to your account",
        "Recovery codes were made for your account",
        "The authenticator app was removed from your account",
    ]
    assert secret not in json.dumps(list(Event.objects.values_list("facts", flat=True)))


def test_new_recovery_codes_are_told_once(signed_in: Client) -> None:
    set_up_app(signed_in)
    Mail.objects.all().delete()

    signed_in.post("/accounts/recovery-codes/new/")

    assert subjects() == ["Recovery codes were made for your account"]


def test_a_passkey_that_goes_is_told(signed_in: Client, ada: User) -> None:
    passkey = Authenticator.objects.create(user=ada, type="webauthn", data={"name": "Phone"})
    prove(signed_in)

    signed_in.post(f"/accounts/passkeys/{passkey.pk}/remove/")

    assert not Authenticator.objects.exists()
    assert changes() == [("second factor removed", "webauthn")]
    assert subjects() == ["A passkey was removed from your account"]


def test_a_renamed_passkey_is_no_change(signed_in: Client, ada: User) -> None:
    passkey = Authenticator.objects.create(user=ada, type="webauthn", data={"name": "Phone"})
    prove(signed_in)

    signed_in.post(f"/accounts/passkeys/{passkey.pk}/rename/", {"name": "Old phone"})

    passkey.refresh_from_db()
    assert passkey.data["name"] == "Old phone"
    assert not changes()


def test_a_changed_password_is_told_with_from_where(signed_in: Client, ada: User) -> None:
    signed_in.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW},
    )

    message = outbox.compose(Mail.objects.get(person=ada))
    assert message.to == [ada.email]
    assert message.subject == "Your password was changed"
    for text in (str(message.body), str(message.alternatives[0][0])):
        assert "127.0.0.1" in text
        assert "If that was not you" in text
        assert "/accounts/" in text
        assert NEW not in text


@pytest.mark.parametrize("what", ["app", "codes", "passkey", "password"])
def test_without_the_event_nothing_is_changed(signed_in: Client, ada: User, what: str) -> None:
    if what == "codes":
        set_up_app(signed_in)
    passkey = Authenticator.objects.create(user=ada, type="webauthn", data={"name": "Phone"})
    prove(signed_in)
    before = list(Authenticator.objects.order_by("pk").values_list("pk", flat=True))
    signed_in.raise_request_exception = False
    refuse_events()

    if what == "app":
        set_up_app(signed_in)
    elif what == "codes":
        signed_in.post("/accounts/recovery-codes/new/")
    elif what == "passkey":
        signed_in.post(f"/accounts/passkeys/{passkey.pk}/remove/")
    else:
        signed_in.post(
            "/accounts/password/change/",
            {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW},
        )

    ada.refresh_from_db()
    assert list(Authenticator.objects.order_by("pk").values_list("pk", flat=True)) == before
    assert ada.check_password(PASSWORD)
    assert not Mail.objects.filter(person=ada).exclude(occasion__in=_events()).exists()


def _events() -> list[str]:
    return [str(pk) for pk in Event.objects.values_list("pk", flat=True)]


def test_the_verb_owes_no_mail_without_its_event(ada: User) -> None:
    refuse_events()

    with pytest.raises(DatabaseError):
        lifecycle.sign_in_changed("password changed", by=Actor.of(ada))

    assert not Mail.objects.exists()


@pytest.mark.parametrize(("what", "kind"), sorted(sign_in_mail._TEXTS))
def test_every_change_has_a_mail_in_german(ada: User, what: str, kind: str) -> None:
    User.objects.filter(pk=ada.pk).update(language="de")
    lifecycle.sign_in_changed(what, by=Actor.of(ada), kind=kind)

    message = outbox.compose(Mail.objects.get(person=ada))

    assert message.subject
    assert "Wenn Sie das waren" in str(message.body)
    assert "Wenn Sie das waren" in str(message.alternatives[0][0])


def test_the_mail_about_the_first_recovery_codes_speaks_of_no_others(signed_in: Client) -> None:
    set_up_app(signed_in)

    bodies = [str(outbox.compose(one).body) for one in Mail.objects.all()]

    assert any("Each stands in once" in body for body in bodies)
    assert not any("Codes from before" in body for body in bodies)
