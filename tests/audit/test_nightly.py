"""The nightly verification: in turns, once, and told to staff."""

import pytest

from onboarding import queue, tasks, trail_watch
from onboarding.audit import verification
from onboarding.models import Alarm, AuditVerification, Event
from onboarding.tasks import audit as nightly
from tests.audit import bending

Asked = list[tuple[object, ...]]


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What was asked of the queue, instead of a broker."""
    sent: Asked = []
    monkeypatch.setattr(queue, "_nudge", lambda *message: sent.append(message))
    return sent


def begun(asked: Asked) -> AuditVerification:
    tasks.begin_audit_verification()
    row = AuditVerification.objects.latest("pk")
    assert asked[-1] == (queue.VERIFY_AUDIT, row.pk)
    asked.clear()
    return row


def test_it_goes_in_turns_and_ends_with_an_event(
    chain: int, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks.send_heads()
    monkeypatch.setattr(nightly, "TURN_SECONDS", -1.0)
    monkeypatch.setattr(verification, "PAGE", 15)
    row, turns = begun(asked), 0

    tasks.verify_audit(row.pk)
    while asked:
        asked.clear()
        turns += 1
        tasks.verify_audit(row.pk)

    row.refresh_from_db()
    assert turns == 3
    assert (row.after, row.found, row.heads) == (chain, 0, 1)
    assert Event.objects.get(verb="verify_audit").facts["events"] == chain
    assert trail_watch.matters(now=row.started_at, heads_are_made=True) == {}


def test_what_it_found_in_an_earlier_turn_is_kept_and_alarms_staff(
    chain: int, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks.send_heads()
    bending.unguard()
    bending.run("DELETE FROM onboarding_event WHERE id = %s", bending.event_of(2))
    monkeypatch.setattr(nightly, "TURN_SECONDS", -1.0)
    monkeypatch.setattr(verification, "PAGE", 15)
    row = begun(asked)

    for _ in range(5):
        tasks.verify_audit(row.pk)
    tasks.watch_trail()

    row.refresh_from_db()
    assert row.found == 1
    alarm = Alarm.objects.open().get(kind=Alarm.Kind.TRAIL, about="verification")
    assert "1 place was changed in the audit trail" in alarm.sentence
    assert "number 2 of the chain, was deleted" in alarm.sentence


def test_one_run_at_a_time_and_a_second_message_does_nothing(chain: int, asked: Asked) -> None:
    row = begun(asked)
    assert begun(asked) == row

    tasks.verify_audit(row.pk)
    tasks.verify_audit(row.pk)
    tasks.verify_audit(row.pk + 1)

    assert Event.objects.filter(verb="verify_audit").count() == 1


def test_the_sweep_asks_for_one_that_was_cut_off(chain: int, asked: Asked) -> None:
    row = begun(asked)

    nightly.ask_again()
    nightly.ask_again()

    assert asked == [(queue.VERIFY_AUDIT, row.pk)]
