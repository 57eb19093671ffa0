"""The nightly run: in turns, once, told to staff, and never lost when a worker is killed."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from celery import current_app
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from onboarding import lifecycle, queue, tasks
from onboarding.lifecycle import Actor
from onboarding.models import Alarm, Event, Mail, PushCertificate, StoreVerification, User
from onboarding.tasks import store as nightly
from tests.store import local
from tests.stores import path

Asked = list[tuple[object, ...]]


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What was asked of the queue, instead of a broker."""
    sent: Asked = []
    monkeypatch.setattr(queue, "_nudge", lambda *message: sent.append(message))
    return sent


def begun(asked: Asked) -> StoreVerification:
    asked.clear()
    tasks.begin_store_verification()
    row = StoreVerification.objects.latest("pk")
    assert asked == [(queue.VERIFY_STORE, row.pk)]
    asked.clear()
    return row


def open_alarms() -> list[str]:
    return list(Alarm.objects.open().values_list("about", flat=True))


def test_a_clean_run_leaves_a_row_and_an_event(whole: PushCertificate, asked: Asked) -> None:
    row = begun(asked)

    tasks.verify_store(row.pk)

    row.refresh_from_db()
    assert row.finished_at
    assert (row.differences, row.findings) == (0, [])
    assert row.checked["signed requests"] == 2
    event = Event.objects.get(verb="verify_store")
    assert event.facts["checked"] == row.checked
    assert event.facts["differences"] == 0
    assert open_alarms() == []
    assert asked == []


def test_differences_alarm_staff_until_a_clean_run(
    whole: PushCertificate, sam: User, asked: Asked
) -> None:
    kept = path(whole.upload).read_bytes()
    path(whole.upload).unlink()
    row = begun(asked)

    tasks.verify_store(row.pk)
    alarm = Alarm.objects.open().get()
    path(whole.upload).write_bytes(kept)
    tasks.verify_store(begun(asked).pk)

    row.refresh_from_db()
    assert row.differences == 1
    assert whole.upload in row.findings[0]
    assert alarm.kind == Alarm.Kind.STORE_DIFFERS
    assert "found 1 difference between files and database" in alarm.sentence
    assert whole.upload in alarm.sentence
    assert Mail.objects.filter(alarm=alarm, recipient=sam.email).exists()
    assert open_alarms() == []


def test_a_run_that_could_not_open_the_keys_clears_nothing(
    whole: PushCertificate, settings: Settings, asked: Asked
) -> None:
    lifecycle.raise_alarm(
        Alarm.Kind.STORE_DIFFERS, about="push key of CSR x", sentence="Gone.", by=Actor.worker()
    )
    settings.CUSTODY_PRIVATE_KEY = None

    tasks.verify_store(begun(asked).pk)

    assert StoreVerification.objects.get().finished_at
    assert open_alarms() == ["push key of CSR x"]


def test_it_goes_in_turns_of_one_message_each(
    whole: PushCertificate, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nightly, "TURN_SECONDS", -1.0)
    row = begun(asked)

    turns = 0
    tasks.verify_store(row.pk)
    while asked:
        assert asked == [(queue.VERIFY_STORE, row.pk)]
        asked.clear()
        turns += 1
        tasks.verify_store(row.pk)

    row.refresh_from_db()
    assert turns == 15
    assert row.finished_at
    assert row.checked["files of uploads"] == 2


def test_a_message_that_comes_twice_counts_nothing_twice(
    whole: PushCertificate, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same message at two workers at once: the second had read the row before the first."""
    monkeypatch.setattr(nightly, "TURN_SECONDS", -1.0)
    row = begun(asked)
    stale = StoreVerification.objects.get(pk=row.pk)

    tasks.verify_store(row.pk)
    first = StoreVerification.objects.get(pk=row.pk)
    nightly._take_turn(stale, timezone.now())

    row.refresh_from_db()
    assert (row.part, row.after, row.checked) == (first.part, first.after, first.checked)
    assert asked == [(queue.VERIFY_STORE, row.pk)]


def test_a_message_after_the_end_does_nothing(whole: PushCertificate, asked: Asked) -> None:
    row = begun(asked)
    tasks.verify_store(row.pk)

    tasks.verify_store(row.pk)
    tasks.verify_store(row.pk + 1)

    assert Event.objects.filter(verb="verify_store").count() == 1


def test_one_run_at_a_time(whole: PushCertificate, asked: Asked) -> None:
    row = begun(asked)

    assert begun(asked) == row


def test_a_killed_run_goes_on_from_where_it_was(
    whole: PushCertificate, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nightly, "TURN_SECONDS", -1.0)
    row = begun(asked)
    tasks.verify_store(row.pk)
    # The next message was taken by a worker that was killed.
    asked.clear()

    tasks.sweep()
    too_early = list(asked)
    with time_machine.travel(timezone.now() + timedelta(minutes=3), tick=False):
        tasks.sweep()
        tasks.sweep()
        again = [message for message in asked if message[0] == queue.VERIFY_STORE]

    assert (queue.VERIFY_STORE, row.pk) not in too_early
    assert again == [(queue.VERIFY_STORE, row.pk)]


def test_storage_that_does_not_answer_ends_no_run_and_is_told_after_an_hour(
    settings: Settings, tmp_path: Path, whole: PushCertificate, asked: Asked
) -> None:
    files = local.use(settings, tmp_path / "local")
    row = begun(asked)
    local.take_away(files)

    tasks.verify_store(row.pk)
    at_first = open_alarms()
    StoreVerification.objects.update(started_at=timezone.now() - timedelta(hours=2))
    tasks.verify_store(row.pk)
    later = Alarm.objects.open().get()
    local.bring_back(files)
    tasks.verify_store(row.pk)

    row.refresh_from_db()
    assert at_first == []
    assert later.about == "comparison cannot go on"
    assert "does not get on. The portal's file storage cannot be reached" in later.sentence
    assert row.finished_at
    assert open_alarms() == ["comparison"]


def test_a_message_is_sent_only_once_committed(
    whole: PushCertificate,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    monkeypatch.undo()
    sent: list[str] = []
    monkeypatch.setattr(
        current_app, "send_task", lambda name, args, **_: sent.append(f"{name}{args}")
    )

    with django_capture_on_commit_callbacks(execute=True):
        tasks.begin_store_verification()

    assert sent == [f"onboarding.verify_store({StoreVerification.objects.get().pk},)"]
