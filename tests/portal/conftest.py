"""Clients of the people, and the queue kept quiet."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.template import Engine
from django.test import Client

from onboarding import lifecycle, queue
from onboarding.lifecycle import Actor
from onboarding.models import Customer, Invitation, Membership, User
from tests.portal.pages import MISSING


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What was asked of the queue, instead of a broker."""
    sent: list[tuple[object, ...]] = []
    monkeypatch.setattr(queue, "_send", lambda *message: sent.append(message))
    return sent


@pytest.fixture
def as_ada(ada: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(ada)


@pytest.fixture
def of_two(as_ada: Client, ada: User, globex: Customer) -> Client:
    """Ada, who belongs to another customer, too: her overview is a list."""
    Membership.objects.create(user=ada, customer=globex, role=Membership.Role.READER)
    return as_ada


@pytest.fixture
def as_bob(bob: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(bob)


@pytest.fixture
def as_eve(eve: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(eve)


@pytest.fixture
def invited(acme: Customer, ada: User) -> Invitation:
    return lifecycle.invite(
        acme, email="nia@acme.example", role=Membership.Role.READER, by=Actor.of(ada)
    )


@pytest.fixture
def staff_who_invite(sam: User) -> User:
    names = ["invite_people", "view_invitation", "view_customer"]
    sam.user_permissions.add(*Permission.objects.filter(codename__in=names))
    return User.objects.get(pk=sam.pk)


@pytest.fixture
def unknown_names_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """`pages.text` refuses a page with a name that its template did not find."""
    monkeypatch.setattr(Engine.get_default(), "string_if_invalid", MISSING)
