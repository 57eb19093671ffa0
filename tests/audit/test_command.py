"""`manage.py audit`: what it finds, what it says, and with which exit status."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from onboarding import tasks
from onboarding.models import AuditHead, AuditVerification, Event
from onboarding.storage import heads as kept
from tests import stores
from tests.audit import bending


def run(*words: str) -> tuple[int, str]:
    """Exit status, and all that it said."""
    out = StringIO()
    try:
        call_command("audit", *words, stdout=out)
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{error}"
    return 0, out.getvalue()


def test_a_whole_trail_is_verified_against_its_heads(chain: int) -> None:
    tasks.send_heads()

    status, said = run("verify")

    assert status == 0, said
    assert f"{chain:,} Events and 1 signed head compared" in said
    row = AuditVerification.objects.get()
    assert row.finished_at
    assert Event.objects.get(verb="verify_audit").facts["findings"] == 0


def test_the_first_bent_event_is_named(chain: int) -> None:
    tasks.send_heads()
    bending.unguard()
    bending.run("DELETE FROM onboarding_event WHERE id = %s", bending.event_of(3))
    bending.run("UPDATE onboarding_event SET verb = 'x' WHERE id = %s", bending.event_of(9))

    status, said = run("verify")

    assert status == 1
    assert "2 places were changed. The first: Event" in said
    assert "number 3 of the chain, was deleted" in said
    assert "number 9 of the chain, was changed" in said


def test_json_has_a_line_for_each_finding_and_the_sum_at_the_end(chain: int) -> None:
    bending.unguard()
    bending.run("DELETE FROM onboarding_event WHERE id = %s", bending.event_of(3))

    status, said = run("verify", "--json")

    found, total = (json.loads(line) for line in said.splitlines()[:2])
    assert status == 1
    assert (found["kind"], found["seq"]) == ("deleted", 3)
    assert total == {"events": chain, "heads": 0, "waiting": 0, "found": 1}


def test_without_any_head_it_is_not_all_verified(chain: int) -> None:
    status, said = run("verify")

    assert status == 2
    assert "no signed head was compared" in said


def test_a_head_that_was_kept_elsewhere_finds_what_was_cut_off(
    chain: int, tmp_path: Path, settings: Settings
) -> None:
    tasks.send_heads()
    row = AuditHead.objects.get()
    (tmp_path / "head.json").write_text(row.document)
    key, settings.AUDIT_PUBLIC_KEY = settings.AUDIT_PUBLIC_KEY, ""
    bending.unguard()
    bending.run("DELETE FROM onboarding_event WHERE id = %s", bending.event_of(chain))
    bending.run("DELETE FROM onboarding_eventseal WHERE seq = %s", chain)

    status, said = run("verify", "--key", str(key), "--no-storage", str(tmp_path / "head.json"))

    assert status == 1
    assert f"The chain ends with number {chain - 1}" in said
    assert f"the first is number {chain}" in said


def test_a_head_that_is_gone_from_the_storage_is_told(chain: int) -> None:
    tasks.send_heads()
    (stores.path("audit-heads") / kept.names()[0]).unlink()

    status, said = run("verify")

    assert status == 1
    assert "is gone from there" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [(("verify", "/nowhere/head"), "cannot be read"), (("verify", "--key", "x"), "this is none")],
)
def test_what_it_cannot_use_is_told_before_anything_is_done(
    chain: int, words: tuple[str, ...], said: str
) -> None:
    assert run(*words)[0] == 2
    assert said in run(*words)[1]
    assert not AuditVerification.objects.exists()


def test_a_new_key_is_for_its_owner_and_overwrites_nothing(tmp_path: Path) -> None:
    status, said = run("new", str(tmp_path / "keys"))

    private = tmp_path / "keys" / "audit_key"
    assert status == 0
    assert private.stat().st_mode & 0o777 == 0o600
    assert private.read_text().strip() not in said
    assert run("new", str(tmp_path / "keys"))[0] == 1
    assert "is not overwritten" in run("new", str(tmp_path / "keys"))[1]


def test_what_waits_can_be_sealed_without_a_worker(write: None) -> None:
    count = Event.objects.count()

    assert run("seal") == (0, f"{count} Events sealed.\n")
