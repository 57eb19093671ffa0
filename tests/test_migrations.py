"""From nothing to the newest schema, back to the release before, and forth again, with rows."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from onboarding import roles
from tests.servers.postgresql import PostgreSQL

# Every migration there and back, on two databases: a busy machine takes its time.
pytestmark = [pytest.mark.needs("postgresql"), pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[1]
# The last one of the release before this one.
BEFORE = "0004_vendor_staff"
NEW = {
    "alarm",
    "attachment",
    "campaign",
    "campaignrow",
    "customerimport",
    "importrow",
    "export",
    "invitation",
    "note",
    "draft",
    "phrase",
    "pulse",
    "calendarfeed",
    "reminder",
    "signinquestion",
    "reminderday",
    "signindomain",
    "signingday",
    "signinservice",
    "question",
    "standingapproval",
    "standingconsent",
    "standinguse",
    "storeverification",
    "audithead",
    "auditverification",
    "eventseal",
    "headdelivery",
    "unsealedevent",
    "topicchange",
    "topicchangeapproval",
}


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgreSQL]:
    folder = tmp_path_factory.mktemp("migrated")
    postgresql = PostgreSQL.start(folder, fsync="off", synchronous_commit="off")
    yield postgresql
    postgresql.stop()


# Any: facts of several types.
@pytest.fixture(params=["sqlite", "postgresql"])
def found(request: pytest.FixtureRequest, postgresql: PostgreSQL, tmp_path: Path) -> dict[str, Any]:
    """What a process found that migrated a new database there and back."""
    new: dict[str, Callable[[], str]] = {
        "sqlite": lambda: f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "postgresql": lambda: postgresql.create("migrated"),
    }
    ran = subprocess.run(
        [sys.executable, "-m", "tests.migrating", BEFORE],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "pushportal.settings.web",
            "SECRET_KEY": "of this test",
            "VAR_DIR": str(tmp_path / "var"),
            "DATABASE_URL": new[request.param](),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


def test_a_database_goes_back_to_the_release_before_and_forth_again(found: dict[str, Any]) -> None:
    there, back, again = found["there"], found["back"], found["again"]

    assert set(there["tables"]) - set(back["tables"]) == {f"onboarding_{noun}" for noun in NEW}
    assert again["tables"] == there["tables"]
    assert min(there["rows"].values()) > 0
    assert again["rows"] == there["rows"]
    # The imported certificate has a stand-in CSR, which nobody asked for, while it is back.
    stood_in = {**there["rows"], "csr": there["rows"]["csr"] + 1, "user": there["rows"]["user"] + 1}
    assert back["rows"] == stood_in
    assert [one["events_are_safe"] for one in (there, back, again)] == [True] * 3
    # What only the new release knew is gone, and mails that told of it.
    assert found["mails_of_alarms"] > 0
    assert found["imported"] == 1
    # Nobody is sent to an MDM server with what the release before activated.
    assert found["to_install"] == 0
    assert (found["alarms"], found["exports"], found["custody_key"]) == (0, 0, "")


def test_the_migrations_give_each_role_what_the_table_of_roles_says(found: dict[str, Any]) -> None:
    """What a new noun or right needs: a line in `roles.py`, and a migration that grants it."""
    assert found["roles"] == {name: sorted(rights) for name, rights in roles.ROLES.items()}


def test_people_keep_their_work_on_the_way_back_and_forth(found: dict[str, Any]) -> None:
    assert found["joined"] == ["sam@vendor.example"]
    assert found["roles_of_sam"] == ["Approver", "Operator", "Support"]
