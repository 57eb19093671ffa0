"""In which language a page is: the person's choice, the switch's, the browser's, else English."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.db import DatabaseError
from django.http.response import HttpResponseBase
from django.test import Client
from django.utils import translation

from onboarding import language, moments, outbox
from onboarding.models import Mail, PushCertificate, User
from onboarding.portal import reader

SIGN_IN = "/accounts/login/"


def spoken(answer: object) -> str:
    """The language that the page says it is in."""
    found = re.search(r'<html lang="([\w-]+)"', answer.content.decode())  # type: ignore[attr-defined]  # The answer of a test client.
    assert found
    return found[1]


def switch(client: Client, chosen: str, *, on: str) -> HttpResponseBase:
    """Press the switch on the page `on`."""
    answer: HttpResponseBase = client.post(
        "/language", {"language": chosen}, headers={"Referer": on}
    )
    return answer


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("", "en-gb"),
        ("de", "de"),
        ("de-AT,en;q=0.5", "de"),
        ("fr,de;q=0.5", "de"),
        ("fr", "en-gb"),
        ("en-US,de;q=0.5", "en-gb"),
    ],
)
def test_a_stranger_reads_what_the_browser_asks_for(
    asked: str, expected: str, client: Client
) -> None:
    answer = client.get(SIGN_IN, headers={"Accept-Language": asked})

    assert spoken(answer) == expected
    assert answer["Content-Language"] == expected
    assert {"Accept-Language", "Cookie"} <= set(answer["Vary"].split(", "))


@pytest.mark.django_db
def test_the_switch_holds_without_an_account_and_comes_back(client: Client) -> None:
    back = f"{SIGN_IN}?next=/customers/"

    answer = switch(client, "de", on=f"http://testserver{back}")

    assert (answer.status_code, answer["Location"]) == (302, f"http://testserver{back}")
    assert spoken(client.get(back, headers={"Accept-Language": "en"})) == "de"


def test_the_switch_is_kept_with_the_person(
    ada: User, as_ada: Client, client_of: Callable[[User], Client]
) -> None:
    as_ada.post("/language", {"language": "de"})

    ada.refresh_from_db()
    assert ada.language == "de"
    elsewhere = client_of(ada).get("/preferences", headers={"Accept-Language": "en"})
    assert spoken(elsewhere) == "de"


def test_the_choice_of_a_person_comes_before_the_browsers_cookie(ada: User, as_ada: Client) -> None:
    as_ada.post("/language", {"language": "de"})
    User.objects.filter(pk=ada.pk).update(language="en")

    assert spoken(as_ada.get("/preferences", headers={"Accept-Language": "de"})) == "en-gb"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "away", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "", "\\\\evil"]
)
def test_the_switch_leads_to_no_other_site(away: str, client: Client) -> None:
    assert switch(client, "de", on=away)["Location"] == "/"


@pytest.mark.parametrize("unknown", ["fr", "", "de\n", "x" * 300])
def test_a_language_that_we_do_not_speak_is_not_kept(
    unknown: str, ada: User, as_ada: Client
) -> None:
    answer = switch(as_ada, unknown, on="http://testserver/preferences")

    ada.refresh_from_db()
    assert answer["Location"] == "http://testserver/preferences"
    assert ada.language == ""
    assert settings.LANGUAGE_COOKIE_NAME not in answer.cookies


@pytest.mark.django_db
def test_the_switch_takes_no_post_of_another_site() -> None:
    answer = Client(enforce_csrf_checks=True).post("/language", {"language": "de"})

    assert answer.status_code == 403


@pytest.mark.django_db
def test_a_person_who_signs_in_gets_mails_in_the_language_of_that_page(
    client: Client, ada: User
) -> None:
    known = {"login": ada.email, "password": "correct horse battery"}

    client.post(SIGN_IN, known, headers={"Accept-Language": "de"})

    ada.refresh_from_db()
    assert ada.language == "de"


@pytest.mark.django_db
def test_signing_in_changes_no_choice(client: Client, ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(language="en")
    known = {"login": ada.email, "password": "correct horse battery"}

    client.post(SIGN_IN, known, headers={"Accept-Language": "de"})

    ada.refresh_from_db()
    assert ada.language == "en"


def test_the_staffs_pages_are_english(sam: User, client_of: Callable[[User], Client]) -> None:
    User.objects.filter(pk=sam.pk).update(language="de", time_zone="Europe/Berlin")

    page = client_of(sam).get("/admin/", headers={"Accept-Language": "de"}).content.decode()

    assert 'lang="en-gb"' in page
    assert "Abmelden" not in page


def test_nothing_is_left_for_the_next_request(as_ada: Client) -> None:
    as_ada.post("/language", {"language": "de"})

    as_ada.get("/preferences")

    assert translation.get_language() == "en-gb"


def test_a_person_is_shown_their_own_time(
    ada: User, as_ada: Client, active: PushCertificate
) -> None:
    PushCertificate.objects.update(not_after=datetime(2027, 7, 1, 22, 30, tzinfo=UTC))
    as_ada.post("/preferences", {"language": "de", "time_zone": "Europe/Berlin"})

    page = as_ada.get(active.get_absolute_url()).content.decode()

    assert "2. Juli 2027, 00:30 MESZ" in page
    assert 'datetime="2027-07-01T22:30:00+00:00"' in page


def test_the_time_zones_are_those_that_this_machine_knows(ada: User, as_ada: Client) -> None:
    answer = as_ada.post("/preferences", {"language": "en", "time_zone": "Mars/Olympus"})

    ada.refresh_from_db()
    assert answer.status_code == 422
    assert ada.time_zone == ""


def test_a_zone_that_this_machine_does_not_know_is_utc(ada: User, as_ada: Client) -> None:
    User.objects.filter(pk=ada.pk).update(time_zone="../etc/passwd")

    assert as_ada.get("/preferences").status_code == 200


@pytest.mark.parametrize(
    ("zone", "written"),
    [
        ("", "1 January 2027, 23:30 UTC"),
        ("Europe/Berlin", "2 January 2027, 00:30 CET"),
        ("Asia/Kolkata", "2 January 2027, 05:00 IST"),
        ("America/Sao_Paulo", "1 January 2027, 20:30 UTC-03"),
        ("Asia/Kathmandu", "2 January 2027, 05:15 UTC+05:45"),
    ],
)
def test_a_moment_names_its_zone(zone: str, written: str) -> None:
    with language.spoken("en", zone):
        assert moments.exact(datetime(2027, 1, 1, 23, 30, tzinfo=UTC)) == written


def test_a_mail_is_in_its_readers_language_and_time(ada: User, active: PushCertificate) -> None:
    PushCertificate.objects.update(not_after=datetime(2027, 7, 1, 22, 30, tzinfo=UTC))
    User.objects.filter(pk=ada.pk).update(language="de", time_zone="Europe/Berlin")

    message = outbox.compose(Mail.objects.get(kind=Mail.Kind.ACTIVE, recipient=ada.email))

    assert "2. Juli 2027, 00:30 MESZ" in str(message.body)
    assert 'lang="de"' in str(message.alternatives[0][0])


def test_a_mail_to_staff_is_english(sam: User, submitted: object) -> None:
    User.objects.filter(pk=sam.pk).update(language="de")

    message = outbox.compose(Mail.objects.get(kind=Mail.Kind.WAITING, recipient=sam.email))

    assert 'lang="en-gb"' in str(message.alternatives[0][0])


def test_who_is_in_no_database_is_still_spoken_to(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Request:
        @property
        def user(self) -> User:
            raise DatabaseError

    assert reader._reader(Request()) is None  # type: ignore[arg-type]  # All that is read of it.
