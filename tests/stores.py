"""`pytest --stores=production`: the suite on PostgreSQL and S3, as a plugin of the suite.

Without the option it runs on SQLite and files in a folder. The servers are started once, before
Django reads its settings; xdist's workers inherit the addresses, and each has a database of its
own, each test a folder or a prefix of its own.
"""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.db import connection
from pytest_django import DjangoDbBlocker

from onboarding import roles
from tests.servers.postgresql import PostgreSQL
from tests.servers.s3 import FORGETS_SECONDS, S3

# How the settings of the suite learn where the stores are, and tests where S3 keeps its files.
DATABASE_URL, STORAGE = "TESTS_DATABASE_URL", "TESTS_STORAGE"
_OBJECTS = "TESTS_S3_FOLDER"
# What says the same on any store.
LEFT_OUT = {
    "pki": "bytes alone",
    "sandbox": "the stand-in for Apple keeps its own files",
    "servers": "the servers themselves",
    "faults": "choose and start their own stores",
    "run": "starts the product, with stores of its own",
    "test_flow.py": "starts the product, with stores of its own",
    "browser": "starts the product, with stores of its own, or shares a database in memory",
    "test_architecture.py": "reads the code",
    "test_migrations.py": "migrates databases of its own",
    "test_settings.py": "starts processes with settings of its own",
}
_servers = ExitStack()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--stores",
        choices=["local", "production"],
        default="local",
        help="local: SQLite and a folder; production: PostgreSQL and S3, started for this run.",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Start the servers: pytest-django reads the settings in this same hook, after this."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    for name in (DATABASE_URL, STORAGE, _OBJECTS):
        os.environ.pop(name, None)
    if early_config.known_args_namespace.stores == "production":
        folder = Path(tempfile.mkdtemp(prefix="pushportal-stores-"))
        _servers.callback(shutil.rmtree, folder, ignore_errors=True)
        # The data outlives no run, so nothing waits for the disk.
        postgresql = PostgreSQL.start(folder / "postgresql", fsync="off", synchronous_commit="off")
        _servers.callback(postgresql.stop)
        s3 = S3.start(folder / "s3")
        _servers.callback(s3.stop)
        os.environ[DATABASE_URL] = postgresql.url("portal")
        os.environ[STORAGE] = json.dumps(s3.storage())
        os.environ[_OBJECTS] = str(s3.folder)


def pytest_unconfigure() -> None:
    _servers.close()


def pytest_report_header(config: pytest.Config) -> str:
    if config.getoption("stores") == "local":
        return "stores: SQLite and a folder"
    left_out = (f"{name} ({why})" for name, why in LEFT_OUT.items())
    return f"stores: PostgreSQL and S3; left out: {', '.join(left_out)}"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    if config.getoption("stores") == "production" and collection_path.name in LEFT_OUT:
        return collection_path.parent == Path(__file__).parent or None
    return None


@pytest.fixture(autouse=True)
def clock_of_s3(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test may travel in time; the server does not, and refuses what another day has signed."""
    if _OBJECTS in os.environ:
        monkeypatch.setattr("botocore.auth.get_current_datetime", _now)


@pytest.fixture(autouse=True)
def filled_tables(
    request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """After a test that commits all tables are emptied; what migrations put there comes back."""
    yield
    if _commits(request):
        with django_db_blocker.unblock():
            editor = SimpleNamespace(connection=connection)
            roles.grant(apps, editor, roles.ROLES)
            connection.close()


@pytest.fixture(autouse=True)
def emptied_tables(request: pytest.FixtureRequest, filled_tables: None) -> Iterator[None]:
    """The table of Events refuses to be emptied, even when it is."""
    if _commits(request):
        # So that it is emptied after this fixture's end, and before that of the one above.
        request.getfixturevalue("transactional_db")
    yield
    if _commits(request) and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # For this connection alone, which ends with the test.
            cursor.execute("SET session_replication_role = replica")


def _commits(request: pytest.FixtureRequest) -> bool:
    marker = request.node.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction"))


def _now(*, remove_tzinfo: bool = True) -> datetime:
    real = time_machine.escape_hatch
    now = real.datetime.datetime.now(UTC) if real.is_travelling() else datetime.now(UTC)
    return now.replace(tzinfo=None) if remove_tzinfo else now


def own(storage: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The storage with a place that nobody else uses: below `folder`, or a new prefix in S3."""
    location = uuid4().hex if _OBJECTS in os.environ else str(folder / "files")
    return {**storage, "OPTIONS": {**storage["OPTIONS"], "location": location}}


def path(name: str = "") -> Path:
    """Where a file of the test's storage lies on this machine, for tests that damage it."""
    storage = cast(dict[str, dict[str, str]], settings.STORAGES["default"])
    location = storage["OPTIONS"]["location"]
    if _OBJECTS in os.environ:
        # What the server remembers of its files is forgotten by then.
        time.sleep(2 * FORGETS_SECONDS)
    return Path(os.environ.get(_OBJECTS, "")) / location / name
