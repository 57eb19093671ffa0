"""Sam and Sue as they are in life: in the group that the migration makes. Root may do all."""

from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client

from onboarding.models import User

Clients = Callable[[User], Client]
migration = import_module("onboarding.migrations.0004_vendor_staff")
alarms = import_module("onboarding.migrations.0009_vendor_staff_see_alarms")


@pytest.fixture
def vendor_staff(db: None) -> Group:
    """By the migration's own function: a test that empties the tables takes the group along."""
    editor = SimpleNamespace(connection=connection)
    migration.make_group(apps, editor)
    alarms.allow(apps, editor)
    return Group.objects.get(name=migration.NAME)


@pytest.fixture
def sam(sam: User, vendor_staff: Group) -> User:
    sam.groups.add(vendor_staff)
    return User.objects.get(pk=sam.pk)


@pytest.fixture
def sue(sue: User, vendor_staff: Group) -> User:
    sue.groups.add(vendor_staff)
    return User.objects.get(pk=sue.pk)


@pytest.fixture
def tom(db: None, vendor_staff: Group) -> User:
    """Staff who may see all and approve nothing."""
    tom = User.objects.create_user("tom@vendor.example", "pw", name="Tom", is_staff=True)
    tom.user_permissions.set(vendor_staff.permissions.filter(codename__startswith="view_"))
    return tom


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root@vendor.example", "pw", name="Root")


@pytest.fixture
def staff_client(client_of: Clients, sam: User) -> Client:
    return client_of(sam)
