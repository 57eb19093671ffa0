"""The people and the parts that the tests share. Ada, Bob and Eve are customers; Sam and Sue staff."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from pytest_django.fixtures import SettingsWrapper

from onboarding import keys, trust
from onboarding.models import Customer, Membership, User
from pushportal.sandbox.authority import Authority

CUSTODY_PRIVATE_KEY, CUSTODY_PUBLIC_KEY = keys.new_custody_key_pair()


@pytest.fixture(scope="session")
def apple(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The stand-in for Apple, made once; the vendor's identity is in its folder."""
    return Authority.prepare(tmp_path_factory.mktemp("apple"), now=datetime.now(UTC))


@pytest.fixture(autouse=True)
def own_files(settings: SettingsWrapper, tmp_path: Path) -> None:
    """Each test has a file storage of its own, and the custody keys of the suite."""
    storage = {**settings.STORAGES["default"]}
    storage["OPTIONS"] = {**storage["OPTIONS"], "location": str(tmp_path / "files")}
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    settings.CUSTODY_PRIVATE_KEY = CUSTODY_PRIVATE_KEY
    settings.CUSTODY_PUBLIC_KEY = CUSTODY_PUBLIC_KEY


@pytest.fixture
def sandbox_trust(settings: SettingsWrapper, apple: Authority) -> Iterator[trust.Trust]:
    """TRUST_ANCHORS set to the stand-in's root."""
    settings.TRUST_ANCHORS = apple.anchors_pem
    yield trust.current()
    settings.TRUST_ANCHORS = None


@pytest.fixture
def acme(db: None) -> Customer:
    return Customer.objects.create(
        name="Acme", country="DE", apple_account="push@acme.example"
    )


@pytest.fixture
def globex(db: None) -> Customer:
    return Customer.objects.create(
        name="Globex", country="US", apple_account="push@globex.example"
    )


@pytest.fixture
def ada(acme: Customer) -> User:
    return _member("Ada", acme, Membership.Role.ADMIN)


@pytest.fixture
def bob(acme: Customer) -> User:
    return _member("Bob", acme, Membership.Role.READER)


@pytest.fixture
def eve(globex: Customer) -> User:
    return _member("Eve", globex, Membership.Role.ADMIN)


@pytest.fixture
def sam(db: None) -> User:
    return _staff("Sam")


@pytest.fixture
def sue(db: None) -> User:
    return _staff("Sue")


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    """A web client that is signed in as this person."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


def _member(name: str, customer: Customer, role: Membership.Role) -> User:
    address = f"{name.lower()}@{customer.name.lower()}.example"
    user = User.objects.create_user(address, "correct horse battery", name=name)
    Membership.objects.create(user=user, customer=customer, role=role)
    return user


def _staff(name: str) -> User:
    user = User.objects.create_user(
        f"{name.lower()}@vendor.example", "correct horse battery", name=name, is_staff=True
    )
    user.user_permissions.add(Permission.objects.get(codename="approve_csr"))
    return user
