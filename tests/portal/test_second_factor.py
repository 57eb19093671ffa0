"""Codes, recovery codes and sessions; secrets at rest; and staff, who cannot do without."""

import re
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.core.cache.backends import db
from django.core.checks import run_checks
from django.db import transaction
from django.test import Client
from pytest_django import Settings

from onboarding import at_rest, errors
from onboarding.models import User
from onboarding.portal.second_factor import MFAAdapter

PASSWORD = "correct horse battery"
ACCOUNT = "/accounts/"


@pytest.fixture(autouse=True)
def fresh_limits(db: None) -> None:
    cache.clear()


@pytest.fixture
def demanded(settings: Settings) -> None:
    settings.STAFF_MFA = True


def code(secret: str, *, ahead: int = 0) -> str:
    """What an app shows, now or some periods later."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead)))


# Any: Django's answer, with what the test client adds to it.
def sign_in(client: Client, user: User) -> Any:
    return client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})


def prove(client: Client) -> None:
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def set_up_app(client: Client) -> str:
    """Set up an authenticator app, and return its secret."""
    prove(client)
    page = client.get("/accounts/app/add/").content.decode()
    (secret,) = re.findall(r"<code>([A-Z2-7]{32})</code>", page)
    client.post("/accounts/app/add/", {"code": code(secret)})
    return str(secret)


def test_a_code_is_asked_for_once_an_app_is_set_up(client: Client, ada: User) -> None:
    sign_in(client, ada)
    secret = set_up_app(client)
    other = Client()

    asked = sign_in(other, ada)
    outside = other.get("/")["Location"]
    wrong = other.post(asked["Location"], {"code": "000000"})
    other.post(asked["Location"], {"code": code(secret, ahead=1)})

    assert asked["Location"] == "/accounts/security/code/"
    assert outside.startswith("/accounts/login/")
    assert "This code is not right" in wrong.content.decode()
    assert other.get("/")["Location"].startswith("/customers/")


def test_the_code_of_the_set_up_is_used_up(
    client: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    sign_in(client, ada)
    secret = set_up_app(client)
    other = Client()

    answer = other.post(sign_in(other, ada)["Location"], {"code": code(secret)})

    assert "it was used already" in answer.content.decode()
    assert other.get("/")["Location"].startswith("/accounts/login/")


def test_a_used_code_stays_used_for_as_long_as_a_slow_clock_could_show_it(
    client: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    sign_in(client, ada)
    secret = set_up_app(client)
    ahead = code(secret, ahead=1)
    first, again = Client(), Client()
    first.post(sign_in(first, ada)["Location"], {"code": ahead})
    monkeypatch.setattr(time, "time", lambda: now + 45)
    monkeypatch.setattr(db, "tz_now", lambda: datetime.fromtimestamp(now + 45, UTC))

    again.post(sign_in(again, ada)["Location"], {"code": ahead})

    assert first.get("/")["Location"].startswith("/customers/")
    assert again.get("/")["Location"].startswith("/accounts/login/")


def test_a_recovery_code_works_once(client: Client, ada: User) -> None:
    sign_in(client, ada)
    set_up_app(client)
    page = client.get("/accounts/recovery-codes/").content.decode()
    codes = re.findall(r"<code>(\d+)</code>", page)
    outcomes = []

    for _ in range(2):
        other = Client()
        asked = sign_in(other, ada)
        other.post(asked["Location"], {"code": codes[0]})
        outcomes.append(other.get("/")["Location"].startswith("/customers/"))

    assert len(codes) == 10
    assert outcomes == [True, False]


def test_removing_the_app_needs_proof(client: Client, ada: User) -> None:
    sign_in(client, ada)
    set_up_app(client)
    client.session.flush()
    stolen = Client()
    stolen.force_login(ada)

    stolen.post("/accounts/app/remove/")

    assert Authenticator.objects.filter(user=ada, type=Authenticator.Type.TOTP).exists()


def test_secrets_are_sealed_in_the_database(client: Client, ada: User) -> None:
    sign_in(client, ada)
    secret = set_up_app(client)

    rows = list(Authenticator.objects.values_list("type", "data"))

    assert {kind for kind, _ in rows} == {"totp", "recovery_codes"}
    assert secret not in str(rows)
    assert all(data.get("secret", data.get("seed", "")).startswith("gAAAA") for _, data in rows)
    assert secret not in str(dict(client.session))


def test_a_secret_opens_for_its_purpose_and_under_its_key_alone(settings: Settings) -> None:
    sealed = at_rest.seal("secret", purpose="one")

    assert at_rest.unseal(sealed, purpose="one") == "secret"
    with pytest.raises(errors.InvalidSeal):
        at_rest.unseal(sealed, purpose="another")
    before, settings.SECRET_KEY = settings.SECRET_KEY, "another key"
    with pytest.raises(errors.InvalidSeal):
        at_rest.unseal(sealed, purpose="one")
    settings.SECRET_KEY_FALLBACKS = [before]
    assert at_rest.unseal(sealed, purpose="one") == "secret"


def test_a_code_after_a_lost_key_is_explained(
    client: Client, ada: User, settings: Settings
) -> None:
    sign_in(client, ada)
    secret = set_up_app(client)
    sealed = Authenticator.objects.get(type="totp").data["secret"]
    settings.SECRET_KEY = "another key"
    other = Client()

    asked = sign_in(other, ada)
    answer = other.post(asked["Location"], {"code": code(secret, ahead=1)})

    assert secret not in sealed
    assert "a key of the portal was changed" in answer.content.decode()


def test_your_account_says_what_is_set_up(client: Client, ada: User) -> None:
    sign_in(client, ada)
    before = client.get(ACCOUNT).content.decode()
    set_up_app(client)

    after = client.get(ACCOUNT).content.decode()

    assert "Set up an app" in before
    assert "Recovery codes" not in before
    assert "Remove the app" in after
    assert "10 left" in after


@pytest.mark.parametrize(
    "page", ["app/add/", "passkeys/", "passkeys/add/", "recovery-codes/new/", "sessions/"]
)
def test_each_page_is_in_our_look(client: Client, ada: User, page: str) -> None:
    sign_in(client, ada)
    set_up_app(client)
    prove(client)

    answer = client.get(f"{ACCOUNT}{page}", follow=True)

    assert answer.status_code == 200
    assert "portal/portal.css" in answer.content.decode()


def test_sessions_are_seen_and_ended(ada: User) -> None:
    here, there = Client(headers={"User-Agent": "Mozilla (iPad) Safari/1"}), Client()
    for one in (here, there):
        sign_in(one, ada)
    seen = here.get("/accounts/sessions/").content.decode()

    here.post("/accounts/sessions/")

    assert "Safari, iPad" in seen
    assert here.get("/")["Location"].startswith("/customers/")
    assert there.get("/")["Location"].startswith("/accounts/login/")


def test_staff_without_a_second_factor_can_only_set_one_up(
    client: Client, sam: User, demanded: None
) -> None:
    sign_in(client, sam)

    refused = [client.get("/admin/"), client.post("/admin/"), client.get("/")]
    page = client.get(ACCOUNT)

    assert {answer["Location"] for answer in refused} == {ACCOUNT}
    assert "Staff need a second factor." in page.content.decode()
    assert client.get("/accounts/passkeys/").status_code == 200
    assert client.post("/accounts/logout/").status_code == 302


def test_staff_with_one_get_in(
    client: Client, sam: User, demanded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As in life, where the request commits before it answers.
    monkeypatch.setattr(transaction, "on_commit", lambda act, **_: act())
    sign_in(client, sam)
    secret = set_up_app(client)
    other = Client()
    asked = sign_in(other, sam)
    other.post(asked["Location"], {"code": code(secret, ahead=1)})

    # Who just set it up has shown it, and is not asked once more.
    assert client.get("/admin/").status_code == 200
    assert other.get("/admin/").status_code == 200


def test_a_session_from_before_has_to_prove_it(client: Client, sam: User, demanded: None) -> None:
    earlier = Client()
    sign_in(earlier, sam)
    sign_in(client, sam)
    secret = set_up_app(client)

    refused = [earlier.get("/admin/"), earlier.get("/accounts/passkeys/add/")]
    earlier.post("/accounts/security/code/again/", {"code": code(secret, ahead=1)})

    assert all(a["Location"].startswith("/accounts/security/code/again/") for a in refused)
    assert earlier.get("/admin/").status_code == 200


def test_customers_may_do_without(client: Client, ada: User, demanded: None) -> None:
    sign_in(client, ada)

    assert client.get("/")["Location"].startswith("/customers/")


@pytest.mark.parametrize(
    ("demanded_of_staff", "public_url", "found"),
    [
        ("off", "https://portal.example", ["onboarding.E002"]),
        ("off", "http://127.0.0.1:8000", []),
        ("on", "https://portal.example", []),
    ],
)
def test_only_on_one_machine_staff_may_do_without(
    settings: Settings, demanded_of_staff: str, public_url: str, found: list[str]
) -> None:
    settings.STAFF_MFA, settings.PUBLIC_URL = demanded_of_staff == "on", public_url

    assert [one.id for one in run_checks(tags=["onboarding"])] == found


def test_the_app_names_the_vendor(settings: Settings) -> None:
    settings.VENDOR_NAME = "Example MDM"

    assert MFAAdapter().get_totp_issuer() == "Push certificates, Example MDM"


def test_who_has_lost_everything_is_told_whom_to_ask(client: Client, ada: User) -> None:
    sign_in(client, ada)
    set_up_app(client)
    other = Client()
    sign_in(other, ada)

    page = other.get("/accounts/security/code/").content.decode()

    assert "recovery codes that you kept" in page
    assert "reset your second factor" in page
    assert "An admin of your organisation cannot do that." in page


def test_the_first_recovery_codes_replace_none(
    client: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transaction, "on_commit", lambda act, **_: act())
    sign_in(client, ada)
    set_up_app(client)
    first = client.get("/accounts/recovery-codes/").content.decode()
    client.post("/accounts/recovery-codes/new/")
    second = client.get("/accounts/recovery-codes/").content.decode()

    assert "These are your recovery codes." in first
    assert "Earlier ones" not in first
    assert "Earlier ones work no more." in second


def test_the_file_of_recovery_codes_says_of_what_they_are(client: Client, ada: User) -> None:
    sign_in(client, ada)
    set_up_app(client)
    page = client.get("/accounts/recovery-codes/").content.decode()

    file = client.get("/accounts/recovery-codes/file/").content.decode()

    codes = re.findall(r"<li><code>([\w-]+)</code>", page)
    assert ada.email in file
    assert "http://127.0.0.1:8000/" in file
    assert file.split()[-len(codes) :] == codes
