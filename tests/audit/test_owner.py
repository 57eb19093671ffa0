"""The database's owner works against the verification: what was found is told all the same."""

import json
import logging
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, OperationalError, connection
from pytest_django import Settings

from onboarding import lifecycle, queue, tasks
from onboarding.audit import comparing, reading, verification
from onboarding.models import Alarm, AuditVerification, Customer, User
from onboarding.storage import heads as kept
from tests import stores
from tests.audit import bending
from tests.audit.conftest import of
from tests.audit.test_command import run

LARGEST = (1 << 63) - 1
on_sqlite = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="PostgreSQL keeps each column to its type"
)
HINDRANCES = [
    pytest.param("DROP TABLE onboarding_auditverification", id="no table"),
    pytest.param(
        "CREATE TRIGGER z BEFORE INSERT ON onboarding_auditverification"
        " BEGIN SELECT RAISE(ABORT, '\x1b[2K no'); END",
        id="trigger",
        marks=on_sqlite,
    ),
    pytest.param(
        "CREATE TRIGGER z BEFORE INSERT ON onboarding_auditverification"
        " BEGIN SELECT RAISE(IGNORE); END",
        id="ignored",
        marks=on_sqlite,
    ),
    pytest.param(
        "CREATE TRIGGER z AFTER INSERT ON onboarding_auditverification"
        " BEGIN DELETE FROM onboarding_auditverification; END",
        id="deleted",
        marks=on_sqlite,
    ),
    pytest.param(
        "UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'onboarding_event'",
        id="no more ids",
        marks=on_sqlite,
    ),
]


@pytest.fixture
def edited(chain: int) -> int:
    """The number of an Event that somebody edited, with a head from before."""
    tasks.send_heads()
    bending.unguard()
    bending.run("UPDATE onboarding_event SET verb = 'x' WHERE id = %s", bending.event_of(5))
    return 5


def interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def refuse(*_: object, **__: object) -> None:
    raise OperationalError("no such table")


@pytest.mark.parametrize("hindrance", HINDRANCES)
@pytest.mark.parametrize("words", [("verify",), ("verify", "--json")])
def test_what_cannot_be_kept_is_told_with_all_that_was_found(
    edited: int, hindrance: str, words: tuple[str, ...]
) -> None:
    bending.run(hindrance)

    status, said = run(*words)

    assert status == 1
    assert f"number {edited} of the chain, was changed" in said.splitlines()[0]
    assert "This verification could not be kept" in said.splitlines()[-1]
    assert "\x1b" not in said


@on_sqlite
def test_an_event_with_the_largest_id_hides_nothing(chain: int) -> None:
    tasks.send_heads()
    bending.unguard()
    event = bending.event_of(30)
    bending.run("UPDATE onboarding_event SET id = %s WHERE id = %s", LARGEST, event)

    status, said = run("verify")

    assert status == 1
    assert said.startswith(f"DELETED   Event {event}, number 30 of the chain")


@pytest.mark.parametrize("where", ["never_sealed", "from_storage", "compare"])
def test_a_part_that_cannot_be_read_hides_no_other(
    edited: int, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading if where == "never_sealed" else comparing, where, refuse)

    status, said = run("verify")

    assert status == 1
    assert f"number {edited} of the chain, was changed" in said
    assert "Not all could be verified: the database cannot be used (no such table)." in said
    assert AuditVerification.objects.get().found == 1


def test_what_cannot_be_read_is_not_called_changed_and_clears_no_alarm(
    chain: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks.send_heads()
    monkeypatch.setattr(reading, "never_sealed", refuse)

    status, said = run("verify")

    assert status == 2
    assert "Broken off: the database cannot be used (no such table)." in said
    assert not AuditVerification.objects.exists()


def test_heads_that_were_given_are_compared_when_the_storage_is_away(
    chain: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks.send_heads()
    (stored,) = stores.path("audit-heads").iterdir()
    (tmp_path / "head.json").write_text(stored.read_text())
    bending.unguard()
    bending.run("DELETE FROM onboarding_event WHERE id = %s", bending.event_of(chain))
    bending.run("DELETE FROM onboarding_eventseal WHERE seq = %s", chain)
    monkeypatch.setattr(comparing, "from_storage", refuse)

    status, said = run("verify", str(tmp_path / "head.json"))

    assert status == 1
    assert f"the first is number {chain}" in said


def test_a_head_that_comes_while_others_are_read_is_not_missed(
    chain: int, ada: User, acme: Customer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks.send_heads()
    settings.AUDIT_HEAD_EVERY = 0
    documents = kept.documents

    def meanwhile(chosen: list[str]) -> Iterator[tuple[str, str]]:
        yield from documents(chosen)
        lifecycle.set_apple_account(acme, apple_account="new@acme.example", by=of(ada))
        tasks.seal_events()
        tasks.send_heads()

    monkeypatch.setattr(kept, "documents", meanwhile)

    status, said = run("verify")

    assert len(kept.names()) == 2
    assert status == 0, said


@on_sqlite
@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE onboarding_event SET verb = CAST(x'ff' AS TEXT) WHERE id = {event}",
        # {"":"?"}
        "UPDATE onboarding_event SET facts = CAST(x'7b22223a22ff227d' AS TEXT) WHERE id = {event}",
        "UPDATE onboarding_eventseal SET hash = CAST(x'ff' AS TEXT) WHERE seq = {seq}",
        "UPDATE onboarding_eventseal SET hash = 1000000000000 WHERE seq = {seq}",
        "UPDATE onboarding_eventseal SET sealed_at = CAST(x'ff' AS TEXT) WHERE seq = {seq}",
        "UPDATE onboarding_eventseal SET event_id = x'ff' WHERE seq = {seq}",
    ],
)
@pytest.mark.parametrize("seq", [7, -1])
def test_a_column_that_no_driver_can_read_is_named(chain: int, edit: str, seq: int) -> None:
    tasks.send_heads()
    seq = seq if seq > 0 else chain
    bending.unguard()
    bending.run(edit.format(event=bending.event_of(seq), seq=seq))

    status, said = run("verify", "--json")

    found = [json.loads(line) for line in said.splitlines()[:-1]]
    assert status == 1
    assert found[0]["seq"] == seq
    assert AuditVerification.objects.get().found == found[-1]["found"]


def test_ctrl_c_tells_what_was_found_until_then(
    edited: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "PAGE", 10)
    monkeypatch.setattr(comparing, "from_storage", interrupt)
    out, err = StringIO(), StringIO()

    with pytest.raises(SystemExit) as stopped:
        call_command("audit", "verify", stdout=out, stderr=err)

    assert stopped.value.code == 130
    assert f"number {edited} of the chain, was changed" in out.getvalue()
    assert "1 place was changed. That is not kept: run again, it begins anew." in err.getvalue()
    assert not AuditVerification.objects.exists()


@pytest.mark.parametrize("character", ["\x1b[1A\x1b[2K\rNothing\n0 places", "\u202e", "\u2028"])
def test_what_plays_with_a_terminal_is_escaped(chain: int, character: str) -> None:
    bending.unguard()
    bending.run(
        "UPDATE onboarding_event SET verb = %s WHERE id = %s", character, bending.event_of(5)
    )

    status, said = run("verify")

    assert status == 1
    assert "number 5 of the chain, was changed" in said
    assert all(line.isprintable() for line in said.split("\n"))
    assert character.encode("unicode_escape").decode() in said


def test_the_name_of_a_file_is_escaped(chain: int, tmp_path: Path) -> None:
    (tmp_path / "\x1b[2K.json").write_text("x")

    said = run("verify", str(tmp_path / "\x1b[2K.json"))[1]
    missing = run("verify", str(tmp_path / "\x1b[1A.json"))[1]

    assert r"\x1b[2K.json: This is no head" in said
    assert r"\x1b[1A.json cannot be read" in missing
    assert "\x1b" not in said + missing


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_findings_have_lines_of_their_own(edited: int) -> None:
    out = Terminal()

    with pytest.raises(CommandError):
        call_command("audit", "verify", stdout=out)

    assert out.getvalue().startswith("\r\x1b[KCHANGED   Event")


@pytest.mark.parametrize(
    "hindrance",
    [
        lambda: bending.run("DROP TABLE onboarding_auditverification"),
        lambda: bending.run("ALTER TABLE onboarding_event RENAME COLUMN actor_name TO other"),
    ],
    ids=["no table", "no Events"],
)
def test_at_night_the_log_says_what_could_not_be_kept(
    edited: int,
    hindrance: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(queue, "_nudge", lambda *_: None)
    tasks.begin_audit_verification()
    row = AuditVerification.objects.get()
    finish = verification.Walk.finish

    def finished(walk: verification.Walk) -> None:
        finish(walk)
        hindrance()

    monkeypatch.setattr(verification.Walk, "finish", finished)

    with pytest.raises(DatabaseError), caplog.at_level(logging.ERROR):
        tasks.verify_audit(row.pk)

    assert f"number {edited} of the chain, was changed" in caplog.text
    assert "could not be kept" in caplog.text


def test_at_night_what_cannot_be_begun_is_an_error(
    edited: int, caplog: pytest.LogCaptureFixture
) -> None:
    bending.run("DROP TABLE onboarding_auditverification")

    with pytest.raises(DatabaseError), caplog.at_level(logging.ERROR):
        tasks.begin_audit_verification()

    assert "manage.py audit verify" in caplog.text


def test_what_a_run_found_is_told_though_it_cannot_end(
    edited: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "_nudge", lambda *_: None)
    tasks.begin_audit_verification()
    monkeypatch.setattr("onboarding.lifecycle.verify_audit", refuse)

    with pytest.raises(OperationalError):
        tasks.verify_audit(AuditVerification.objects.get().pk)
    tasks.watch_trail()

    alarm = Alarm.objects.open().get(kind=Alarm.Kind.TRAIL, about="verification")
    assert f"number {edited} of the chain, was changed" in alarm.sentence


def test_an_alarm_that_cannot_be_raised_is_in_the_log(
    edited: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run("verify")
    monkeypatch.setitem(tasks.watch_trail.run.__globals__, "settle", refuse)

    with pytest.raises(OperationalError), caplog.at_level(logging.ERROR):
        tasks.watch_trail()

    assert f"number {edited} of the chain, was changed" in caplog.text
