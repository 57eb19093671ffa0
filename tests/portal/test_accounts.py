"""Signing in, its limits, and the way back in by mail."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from onboarding import password_reset, queue, tasks
from onboarding.models import User
from tests.portal.test_doors import without_token

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def fresh_limits(db: None) -> None:
    cache.clear()


def sign_in(client: Client, email: str, password: str) -> object:
    return client.post("/accounts/login/", {"login": email, "password": password})


def test_a_person_signs_in_and_out(client: Client, ada: User) -> None:
    sign_in(client, "ada@acme.example", PASSWORD)
    inside = client.get("/").status_code, client.get("/")["Location"]
    client.post("/accounts/logout/")
    outside = client.get("/")["Location"]

    assert inside[1].startswith("/customers/")
    assert outside.startswith("/accounts/login/")


def test_the_address_is_read_in_any_case(client: Client, ada: User) -> None:
    sign_in(client, "Ada@ACME.example", PASSWORD)

    assert client.get("/")["Location"].startswith("/customers/")


def test_a_wrong_password_and_an_unknown_address_are_told_alike(client: Client, ada: User) -> None:
    answers = [
        client.post("/accounts/login/", {"login": email, "password": "wrong"})
        for email in ("ada@acme.example", "nobody@acme.example")
    ]

    said = [answer.context["form"].non_field_errors() for answer in answers]
    assert said == [["The e-mail address or the password is not right."]] * 2


def test_guessing_is_slowed_down(client: Client, ada: User) -> None:
    for _ in range(5):
        sign_in(client, "ada@acme.example", "wrong")

    answer = client.post("/accounts/login/", {"login": "ada@acme.example", "password": PASSWORD})

    assert "Too many attempts to sign in." in str(answer.context["form"].non_field_errors())


def test_who_shares_the_network_of_one_who_guesses_is_told_so(client: Client, ada: User) -> None:
    for number in range(10):
        sign_in(client, f"{number}@acme.example", "wrong")

    answer = client.post("/accounts/login/", {"login": "ada@acme.example", "password": PASSWORD})

    (said,) = answer.context["form"].non_field_errors()
    assert "came from your network" in said
    assert "Wait a minute" in said


def test_one_account_that_is_guessed_at_is_not_the_networks(client: Client, ada: User) -> None:
    for _ in range(6):
        answer = client.post("/accounts/login/", {"login": "ada@acme.example", "password": "wrong"})

    assert "network" not in str(answer.context["form"].non_field_errors())


def test_flooding_gets_a_page_of_its_own(client: Client) -> None:
    for _ in range(30):
        client.post("/accounts/login/", {"login": "a@b.example", "password": "x"})

    answer = client.post("/accounts/login/", {"login": "a@b.example", "password": "x"})

    assert answer.status_code == 429
    assert "Too many attempts" in answer.content.decode()


@pytest.mark.parametrize("address", ["signup/", "email/", "confirm-email/", "login/code/"])
def test_what_the_portal_does_not_offer_does_not_exist(client: Client, address: str) -> None:
    assert client.get(f"/accounts/{address}").status_code == 404


def test_a_person_that_was_switched_off_stays_out(client: Client, ada: User) -> None:
    User.objects.update(is_active=False)

    sign_in(client, "ada@acme.example", PASSWORD)

    assert client.get("/")["Location"].startswith("/accounts/login/")


def test_the_link_by_mail_sets_a_new_password(
    client: Client, ada: User, settings: Settings
) -> None:
    tasks.send_password_reset(str(ada.pk))
    (message,) = mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    (link,) = re.findall(r"http\S+/key/\S+", str(message.body))
    form = client.get(link.removeprefix(settings.PUBLIC_URL), follow=True)
    new = "staple battery horse"

    client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new})

    assert link.startswith(settings.PUBLIC_URL)
    assert link in str(message.alternatives[0][0])
    ada.refresh_from_db()
    assert ada.check_password(new)


def test_a_link_works_once(client: Client, ada: User, settings: Settings) -> None:
    path = password_reset.address(ada).removeprefix(settings.PUBLIC_URL)
    ada.set_password("staple battery horse")
    ada.save()

    answer = client.get(path, follow=True)

    assert "This link does not work any more" in answer.content.decode()


def test_a_person_that_was_switched_off_gets_no_link(ada: User) -> None:
    User.objects.update(is_active=False)

    tasks.send_password_reset(str(ada.pk))

    assert not mail.outbox


def test_a_used_link_says_so(client: Client, ada: User) -> None:
    answer = client.get("/accounts/password/reset/key/1-abc-def/")

    assert "This link does not work any more" in answer.content.decode()


def test_an_unknown_address_gets_the_same_answer_and_no_mail(
    client: Client,
    ada: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    asked: list[tuple[object, ...]],
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        known, unknown = (
            client.post("/accounts/password/reset/", {"email": email}, follow=True)
            for email in (ada.email, "nobody@acme.example")
        )

    assert known.redirect_chain == unknown.redirect_chain
    assert without_token(known.content) == without_token(unknown.content)
    assert not mail.outbox
    # An id and no more: no link, no token enters a message.
    assert asked == [(queue.SEND_PASSWORD_RESET, str(ada.pk))]


def test_a_new_password_signs_other_devices_out(ada: User) -> None:
    here, there = Client(), Client()
    for one in (here, there):
        sign_in(one, "ada@acme.example", PASSWORD)
    new = "staple battery horse"

    here.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )

    assert here.get("/")["Location"].startswith("/customers/")
    assert there.get("/")["Location"].startswith("/accounts/login/")


def test_a_new_password_is_asked_for_in_our_words(client: Client, ada: User) -> None:
    client.force_login(ada)

    page = client.get("/accounts/password/change/").content.decode()

    assert "New password, once more" in page
    assert "A few words in a row are good" in page
    assert "too similar" not in page


def test_an_ended_session_is_told_where_one_signs_in_again(client: Client, ada: User) -> None:
    strangers = client.get("/", follow=True).content.decode()
    client.force_login(ada)
    Session.objects.all().delete()

    asked = client.get("/accounts/sessions/")
    page = client.get(asked["Location"]).content.decode()

    assert "Your session has ended" in page
    assert 'name="next" value="/accounts/sessions/"' in page
    # Only a script keeps what was typed, and only a script says so.
    assert re.search(r"<span data-drafts-kept hidden>[^<]*kept", page)
    assert "Your session has ended" not in strangers


def test_a_poll_after_the_end_of_the_session_leads_to_the_same_page(
    client: Client, ada: User
) -> None:
    client.force_login(ada)
    Session.objects.all().delete()

    answer = client.get(
        "/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/accounts/"}
    )

    page = client.get(answer["HX-Redirect"]).content.decode()
    assert "Your session has ended" in page
    assert 'name="next" value="/accounts/"' in page


def test_the_address_goes_along_to_the_reset_of_the_password(client: Client) -> None:
    typed = {"login": "ada@acme.example", "password": "x", "forgotten": "yes"}

    page = client.post("/accounts/login/", typed, follow=True)

    assert page.redirect_chain == [("/accounts/password/reset/", 302)]
    assert 'value="ada@acme.example"' in page.content.decode()
