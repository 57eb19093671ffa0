"""Sam and Sue as they are in life: approvers and operators. Root may do all."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client

from onboarding import roles
from onboarding.models import User

Clients = Callable[[User], Client]


@pytest.fixture
def groups(db: None) -> dict[str, Group]:
    """By the migrations' own function: a test that empties the tables takes them along."""
    roles.grant(apps, SimpleNamespace(connection=connection), roles.ROLES)
    return {group.name: group for group in Group.objects.filter(name__in=roles.ROLES)}


@pytest.fixture
def sam(sam: User, groups: dict[str, Group]) -> User:
    return member(sam, groups[roles.APPROVER], groups[roles.OPERATOR])


@pytest.fixture
def sue(sue: User, groups: dict[str, Group]) -> User:
    return member(sue, groups[roles.APPROVER], groups[roles.OPERATOR])


@pytest.fixture
def tom(db: None, groups: dict[str, Group]) -> User:
    """An auditor: staff who may see all and approve nothing."""
    tom = User.objects.create_user("tom@vendor.example", "pw", name="Tom", is_staff=True)
    return member(tom, groups[roles.AUDITOR])


def member(person: User, *groups: Group) -> User:
    """This person with the rights of these groups, and no others."""
    person.user_permissions.clear()
    person.groups.set(groups)
    return User.objects.get(pk=person.pk)


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root@vendor.example", "pw", name="Root")


@pytest.fixture
def staff_client(client_of: Clients, sam: User) -> Client:
    return client_of(sam)
