"""One set of keys for the folder's tests, a folder of records for each test."""

import importlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client, override_settings

from pushportal.sandbox.authority import Authority
from tests.sandbox.signed import SignedRequest

# What the stand-in's own process runs with, as far as it can be changed in a running process.
OWN_SETTINGS = (
    "ROOT_URLCONF",
    "MIDDLEWARE",
    "TEMPLATES",
    "SESSION_ENGINE",
    "SESSION_COOKIE_NAME",
    "CSRF_COOKIE_NAME",
    "CSRF_FAILURE_VIEW",
    "CONTENT_SECURITY_POLICY",
    "SANDBOX",
)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.prepare(tmp_path_factory.mktemp("apple"), now=datetime.now(UTC))


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def apple(prepared: Authority, tmp_path: Path) -> Authority:
    """An authority with the session's keys and no records yet."""
    folder = tmp_path / "sandbox"
    folder.mkdir()
    (folder / "authority").symlink_to(prepared.folder / "authority")
    return Authority.prepare(folder, now=datetime.now(UTC))


@pytest.fixture
def signed(apple: Authority) -> SignedRequest:
    return SignedRequest(apple)


@pytest.fixture
def pages(apple: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The stand-in's pages on this test's authority, with the settings of its own process."""
    monkeypatch.setenv("SANDBOX_SECRET_KEY", "tests")
    own = importlib.import_module("pushportal.settings.sandbox")
    changed = {name: getattr(own, name) for name in OWN_SETTINGS}
    with override_settings(VAR_DIR=apple.folder.parent, **changed):
        yield


@pytest.fixture
def ada(pages: None) -> Client:
    return _signed_in("ada@acme.example")


@pytest.fixture
def eve(pages: None) -> Client:
    return _signed_in("eve@other.example")


def _signed_in(account: str) -> Client:
    client = Client()
    client.post("/sign-in", {"account": account})
    return client
