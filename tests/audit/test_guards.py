"""What the database refuses to do with Events is watched: a guard that is gone is told."""

import json

import pytest
from django.db import connection

from onboarding import tasks
from onboarding.audit import guards
from onboarding.models import Alarm
from tests.audit import bending
from tests.audit.test_command import run

REFUSED = {"sqlite": ("update", "delete", "replace"), "postgresql": ("", "truncate")}
NAMES = [
    f"{table}_refuses{f'_{what}' if what else ''}"
    for table in ("onboarding_event", "onboarding_eventseal")
    for what in REFUSED[connection.vendor]
]


def switch_off(name: str) -> None:
    table = name.partition("_refuses")[0]
    statements = {
        "sqlite": [f"DROP TRIGGER {name}"],
        "postgresql": [
            "SET CONSTRAINTS ALL IMMEDIATE",
            f"ALTER TABLE {table} DISABLE TRIGGER {name}",
        ],
    }
    for statement in statements[connection.vendor]:
        bending.run(statement)


def alarms() -> list[str]:
    tasks.watch_trail()
    return [one.sentence for one in Alarm.objects.open().filter(about="guards")]


def test_all_guards_are_there(chain: int) -> None:
    tasks.send_heads()

    assert guards.trouble() == ""
    assert run("verify")[0] == 0
    assert alarms() == []


@pytest.mark.parametrize("name", NAMES)
def test_a_guard_that_is_gone_is_told_with_a_status_of_its_own(chain: int, name: str) -> None:
    tasks.send_heads()
    switch_off(name)

    status, said = run("verify")
    total = json.loads(run("verify", "--json")[1].splitlines()[0])

    assert status == 2
    assert "Nothing was found. The database does not refuse to change" in said
    assert f"of its triggers {name} is gone or switched off" in said
    assert total["found"] == 0
    (alarm,) = alarms()
    assert name in alarm


def test_beside_what_was_changed_missing_guards_are_told(chain: int) -> None:
    tasks.send_heads()
    bending.unguard()
    bending.run("UPDATE onboarding_event SET verb = 'x' WHERE id = %s", bending.event_of(5))

    status, said = run("verify")

    assert status == 1
    assert "The first: Event" in said
    assert f"{NAMES[0]}, {NAMES[1]}" in said
    assert "are gone or switched off" in said


def test_the_alarm_ends_when_the_guards_are_back(
    chain: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as away:
        away.setattr(guards, "trouble", lambda: "Gone.")
        assert alarms() == ["Gone."]

    assert alarms() == []
