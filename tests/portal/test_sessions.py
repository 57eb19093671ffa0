"""Each session is named in plain words, and ended alone by whose it is, and by nobody else."""

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from onboarding.models import Event, User
from tests.portal.test_second_factor import sign_in

IPAD = "Mozilla/5.0 (iPad; CPU OS 17_0) Version/17.0 Safari/604.1"
LIST = "/accounts/sessions/"


@pytest.fixture(autouse=True)
def fresh_limits(db: None) -> None:
    cache.clear()


def signed_in(user: User, agent: str = IPAD) -> Client:
    client = Client(headers={"User-Agent": agent})
    sign_in(client, user)
    return client


def session_of(client: Client) -> UserSession:
    found: UserSession = UserSession.objects.get(session_key=client.session.session_key)
    return found


def ending(client: Client) -> str:
    return reverse("session_end", args=[session_of(client).pk])


def is_signed_in(client: Client) -> bool:
    return client.get("/")["Location"].startswith("/customers/")


def test_one_session_is_ended_alone(ada: User) -> None:
    here, lost, other = signed_in(ada), signed_in(ada), signed_in(ada)

    answer = here.post(ending(lost), follow=True)

    assert "This session has ended" in answer.content.decode()
    assert [is_signed_in(one) for one in (here, lost, other)] == [True, False, True]
    event = Event.objects.get(verb="session_ended")
    assert event.actor == ada
    assert event.facts["session_user_agent"] == IPAD
    assert event.facts["session_address"] == "127.0.0.1"


def test_all_others_are_ended_and_each_is_written_down(ada: User) -> None:
    here, lost, other = signed_in(ada), signed_in(ada), signed_in(ada)

    here.post(LIST)

    assert [is_signed_in(one) for one in (here, lost, other)] == [True, False, False]
    assert Event.objects.filter(verb="session_ended").count() == 2


def test_another_persons_session_is_like_none(ada: User, eve: User) -> None:
    adas, eves = signed_in(ada), signed_in(eve)

    answer = eves.post(ending(adas))
    none = eves.post(reverse("session_end", args=[10**9]))

    assert (answer.status_code, none.status_code) == (404, 404)
    assert is_signed_in(adas)


def test_a_link_ends_no_session(ada: User) -> None:
    here, lost = signed_in(ada), signed_in(ada)

    assert here.get(ending(lost)).status_code == 405
    assert Client().post(ending(lost)).status_code == 302
    assert is_signed_in(lost)


def test_this_session_is_ended_by_signing_out(ada: User) -> None:
    here = signed_in(ada)

    answer = here.post(ending(here))

    assert answer["Location"] == "/accounts/logout/"
    assert is_signed_in(here)


def test_each_session_is_named_in_plain_words(ada: User) -> None:
    here, other = signed_in(ada), signed_in(ada, agent="")

    page = here.get(LIST).content.decode()

    assert "Safari, iPad" in page
    assert "An unknown device" in page
    assert "127.0.0.1" in page
    assert page.count("This one") == 1
    assert ending(other) in page
    assert ending(here) not in page
