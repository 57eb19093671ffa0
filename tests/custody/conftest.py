"""Clients of the people, a colleague of Ada's, and the queue kept quiet."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from onboarding import queue, tasks
from onboarding.models import Customer, Export, Membership, PushCertificate, User
from tests.custody.parts import KeyFiles, exported


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
def cora(acme: Customer) -> User:
    """A second admin of Acme."""
    cora = User.objects.create_user("cora@acme.example", "correct horse battery", name="Cora")
    Membership.objects.create(user=cora, customer=acme, role=Membership.Role.ADMIN)
    return cora


@pytest.fixture
def ready(active: PushCertificate) -> Export:
    """Asked for by Ada, and made by the worker's own task."""
    export = exported(active)
    tasks.export(str(export.pk))
    export.refresh_from_db()
    assert export.state == Export.State.READY
    return export


@pytest.fixture
def key_files(tmp_path: Path, settings: Settings) -> KeyFiles:
    return KeyFiles.written(tmp_path, settings)
