"""People that an operator makes or changes on the server are Events, too."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.db import DatabaseError

from onboarding.models import Event, User
from tests.audit.test_doings import refuse_events
from tests.commands.terminal import Terminal

PASSWORD = "correct horse battery"


@pytest.fixture
def new_root(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    return ["createsuperuser", "--noinput", "--email", "root@vendor.example", "--name", "Root"]


def test_a_new_superuser_is_written_down(terminal: Terminal, new_root: list[str], db: None) -> None:
    assert terminal.manage(*new_root).returncode == 0

    root, event = User.objects.get(), Event.objects.get()
    assert root.is_superuser
    assert root.check_password(PASSWORD)
    assert (event.verb, event.facts["person"]) == ("person_changed", "root@vendor.example")
    assert event.facts["changes"]["person"] == "added"
    assert event.actor_name.startswith("operator (")
    assert PASSWORD not in str(event.facts)


def test_without_the_event_there_is_no_superuser(
    terminal: Terminal, new_root: list[str], db: None
) -> None:
    refuse_events()

    with pytest.raises(DatabaseError, match="no Events today"):
        terminal.manage(*new_root)

    assert not User.objects.exists()


def test_a_password_is_set_at_the_terminal_and_written_down(
    terminal: Terminal, tmp_path: Path
) -> None:
    database = tmp_path / "db.sqlite3"
    terminal.environment.update(
        DJANGO_SETTINGS_MODULE="pushportal.settings.web",
        SECRET_KEY="of this test",
        DATABASE_URL=f"sqlite:///{database}",
    )
    terminal.start("migrate", "--verbosity", "0")
    made, _ = terminal.typed(
        "createsuperuser",
        answers=["root@vendor.example", "Root", PASSWORD, PASSWORD],
    )
    other, _ = terminal.typed("changepassword", "ROOT@vendor.example", answers=["x" * 20, "y" * 20])
    weak, told = terminal.typed("changepassword", "root@vendor.example", answers=["1234", "1234"])
    done, shown = terminal.typed(
        "changepassword", "root@vendor.example", answers=["x y z " * 5, "x y z " * 5]
    )

    assert [made, other, weak, done] == [0, 1, 1, 0]
    assert "Nothing was changed." in told
    assert "x y z" not in shown
    with closing(sqlite3.connect(database)) as opened:
        facts = [one for (one,) in opened.execute("SELECT facts FROM onboarding_event ORDER BY id")]
    assert len(facts) == 2
    assert '"password": "set"' in facts[1]


def test_nobody_gets_a_password_who_is_not_here(terminal: Terminal, db: None) -> None:
    ran = terminal.manage("changepassword", "nobody@vendor.example")

    assert ran.returncode == 1
    assert "Nobody here has the address nobody@vendor.example." in ran.stderr
