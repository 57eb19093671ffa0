"""The worker's side of an export: made once, safe twice, gone after an hour, told when it fails."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from onboarding import errors, keys, lifecycle, storage, tasks
from onboarding.custody import exporting
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Alarm, Event, Export, PushCertificate, User
from onboarding.models.export import LIFETIME
from tests.custody.parts import exported

Callbacks = Callable[..., AbstractContextManager[object]]


def files() -> list[str]:
    return list(storage.names(storage.EXPORTS))


def verbs(csr: CSR) -> list[str]:
    return [event.verb for event in csr.events.all() if "export" in event.verb]


def test_the_worker_makes_the_file_and_forgets_the_passphrase(ready: Export) -> None:
    assert ready.sealed_passphrase is None
    assert ready.made_at is not None
    assert storage.exists(ready.file)
    assert verbs(ready.push_certificate.csr) == ["ask_export", "make_export"]


def test_making_it_twice_makes_one_file(ready: Export, caplog: pytest.LogCaptureFixture) -> None:
    tasks.export(str(ready.pk))

    again = Export.objects.get(pk=ready.pk)
    assert (again.state, again.file, again.made_at) == (ready.state, ready.file, ready.made_at)
    assert len(files()) == 1
    assert "could not be made" not in caplog.text


def test_two_workers_at_once_leave_one_file(
    active: PushCertificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = exported(active)
    really = exporting._content

    def overtaken(row: Export) -> bytes:
        content = really(row)
        monkeypatch.setattr(exporting, "_content", really)
        tasks.export(str(export.pk))
        return content

    monkeypatch.setattr(exporting, "_content", overtaken)
    tasks.export(str(export.pk))

    export.refresh_from_db()
    assert files() == [export.file]
    assert verbs(active.csr).count("make_export") == 1


def test_a_second_worker_does_not_take_away_what_the_first_finished(
    active: PushCertificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = exported(active)
    content = exporting._content(first)
    lifecycle.name_export(first, file=storage.name_of(storage.EXPORTS, content), by=Actor.worker())
    really = exporting._content

    def overtaken(row: Export) -> bytes:
        lifecycle.record_export(first, by=Actor.worker())
        storage.put(storage.EXPORTS, content)
        return really(row)

    monkeypatch.setattr(exporting, "_content", overtaken)
    tasks.export(str(first.pk))

    first.refresh_from_db()
    assert first.state == Export.State.READY
    assert storage.get(first.file) == content


def test_a_try_that_broke_off_leaves_no_file_behind(
    active: PushCertificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = exported(active)
    really = storage.put

    def killed(folder: str, content: bytes) -> str:
        really(folder, content)
        raise KeyboardInterrupt

    monkeypatch.setattr(storage, "put", killed)
    with pytest.raises(KeyboardInterrupt):
        tasks.export(str(export.pk))
    monkeypatch.undo()
    broken = files()
    tasks.export(str(export.pk))

    export.refresh_from_db()
    assert export.state == Export.State.READY
    assert len(broken) == 1
    assert files() == [export.file]
    assert files() != broken


def test_one_that_ended_while_it_was_made_leaves_no_file(
    active: PushCertificate, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = exported(active)
    really = lifecycle.name_export

    def ended(row: Export, *, file: str, by: Actor) -> None:
        really(row, file=file, by=by)
        lifecycle.destroy_key(active.csr, by=Actor.of(ada))
        tasks.destroy(str(active.csr_id))

    monkeypatch.setattr(lifecycle, "name_export", ended)
    tasks.export(str(export.pk))

    export.refresh_from_db()
    assert export.state == Export.State.GONE
    assert files() == []


@pytest.mark.parametrize("step", ["get", "put"])
def test_a_storage_that_is_away_is_waited_for(
    active: PushCertificate, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    export = exported(active)

    def away(*_: object) -> str:
        raise errors.StorageUnavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr(storage, step, away)
        with pytest.raises(errors.StorageUnavailable):
            tasks.export(str(export.pk))
    waiting = Export.objects.get(pk=export.pk)
    tasks.export(str(export.pk))

    export.refresh_from_db()
    assert waiting.state == Export.State.ASKED
    assert waiting.sealed_passphrase
    assert export.state == Export.State.READY


def test_after_an_hour_the_sweep_has_it_deleted(
    ready: Export, asked: list[tuple[object, ...]], django_capture_on_commit_callbacks: Callbacks
) -> None:
    with time_machine.travel(ready.asked_at + LIFETIME - timedelta(seconds=1), tick=False):
        with django_capture_on_commit_callbacks(execute=True):
            tasks.sweep()
        before = ("onboarding.export", str(ready.pk)) in asked
    with time_machine.travel(ready.asked_at + LIFETIME, tick=False):
        with django_capture_on_commit_callbacks(execute=True):
            tasks.sweep()
        tasks.export(str(ready.pk))

    ready.refresh_from_db()
    assert (before, ("onboarding.export", str(ready.pk)) in asked) == (False, True)
    assert ready.state == Export.State.GONE
    assert ready.gone_at is not None
    assert not storage.exists(ready.file)
    assert verbs(ready.push_certificate.csr)[-1] == "end_export"


def test_one_that_nobody_made_within_the_hour_is_not_made_any_more(
    active: PushCertificate,
) -> None:
    export = exported(active)

    with time_machine.travel(export.asked_at + LIFETIME, tick=False):
        tasks.export(str(export.pk))

    export.refresh_from_db()
    assert export.state == Export.State.GONE
    assert export.sealed_passphrase is None
    assert files() == []


def test_a_file_that_will_not_go_is_tried_again(
    ready: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(ready.asked_at + LIFETIME, tick=False):
        with monkeypatch.context() as patched:
            patched.setattr(storage, "delete", lambda _: None)
            with pytest.raises(errors.StillThere):
                tasks.export(str(ready.pk))
        kept = Export.objects.get(pk=ready.pk)
        tasks.export(str(ready.pk))

    ready.refresh_from_db()
    assert kept.state == Export.State.READY
    assert ready.state == Export.State.GONE


def test_what_waits_is_asked_for_again(
    active: PushCertificate,
    asked: list[tuple[object, ...]],
    django_capture_on_commit_callbacks: Callbacks,
    settings: Settings,
) -> None:
    export = exported(active)

    later = timezone.now() + timedelta(seconds=settings.SWEEP_AFTER + 1)
    with (
        time_machine.travel(later, tick=False),
        django_capture_on_commit_callbacks(execute=True),
    ):
        tasks.sweep()

    assert ("onboarding.export", str(export.pk)) in asked


def test_a_lost_key_fails_the_export_and_alarms_staff(active: PushCertificate) -> None:
    storage.delete(active.csr.sealed_key)
    export = exported(active)

    tasks.export(str(export.pk))

    export.refresh_from_db()
    assert export.state == Export.State.FAILED
    assert "Your vendor has been told" in export.failure
    assert export.sealed_passphrase is None
    alarm = Alarm.objects.open().get()
    assert alarm.kind == Alarm.Kind.STORE_DIFFERS
    assert str(active.csr) in alarm.sentence
    assert "is gone from storage" in alarm.sentence


def test_nobody_is_alarmed_of_a_key_that_was_destroyed_meanwhile(
    active: PushCertificate, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = exported(active)
    really = exporting._content

    def overtaken(row: Export) -> bytes:
        lifecycle.destroy_key(active.csr, by=Actor.of(ada))
        tasks.destroy(str(active.csr_id))
        return really(row)

    monkeypatch.setattr(exporting, "_content", overtaken)
    tasks.export(str(export.pk))

    assert Export.objects.get(pk=export.pk).state == Export.State.GONE
    assert not Alarm.objects.exists()


def test_a_passphrase_of_another_export_does_not_open(active: PushCertificate, cora: User) -> None:
    export, other = exported(active), exported(active, by=cora)
    Export.objects.filter(pk=export.pk).update(sealed_passphrase=other.sealed_passphrase)

    tasks.export(str(export.pk))

    export.refresh_from_db()
    assert export.state == Export.State.FAILED


def test_a_certificate_with_another_key_is_not_exported(active: PushCertificate) -> None:
    other = keys.new_push_key()
    CSR.objects.filter(pk=active.csr.pk).update(public_key_sha256=keys.public_key_sha256(other))
    export = exported(active)

    tasks.export(str(export.pk))

    export.refresh_from_db()
    assert export.state == Export.State.FAILED
    assert files() == []


def test_asking_again_ends_the_earlier_one(
    ready: Export, asked: list[tuple[object, ...]], django_capture_on_commit_callbacks: Callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        second = exported(ready.push_certificate)
    told = ("onboarding.export", str(ready.pk)) in asked
    tasks.export(str(ready.pk))

    ready.refresh_from_db()
    assert told
    assert ready.state == Export.State.GONE
    assert not storage.exists(ready.file)
    assert Export.objects.get(pk=second.pk).state == Export.State.ASKED


@pytest.mark.parametrize("name", ["bob", "eve", "sam"])
def test_only_an_admin_of_the_customer_may_ask(
    name: str, active: PushCertificate, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(errors.NotAllowed, match="Only an admin of Acme"):
        exported(active, by=request.getfixturevalue(name))

    assert not Export.objects.exists()
    assert not Event.objects.filter(verb="ask_export").exists()


@pytest.mark.parametrize("name", ["cora", "sam"])
def test_only_who_asked_may_fetch(name: str, ready: Export, request: pytest.FixtureRequest) -> None:
    with pytest.raises(errors.NotAllowed):
        lifecycle.fetch_export(ready, by=Actor.of(request.getfixturevalue(name)))

    assert Export.objects.get(pk=ready.pk).fetched_at is None


def test_of_two_who_fetch_at_once_one_gets_it(ready: Export, ada: User) -> None:
    first, second = (Export.objects.get(pk=ready.pk) for _ in range(2))

    lifecycle.fetch_export(first, by=Actor.of(ada))
    with pytest.raises(errors.ExportGone, match="Ask for a new export"):
        lifecycle.fetch_export(second, by=Actor.of(ada))

    assert Event.objects.filter(verb="fetch_export").count() == 1


def test_the_verb_itself_knows_the_hour(ready: Export, ada: User) -> None:
    with (
        time_machine.travel(ready.asked_at + LIFETIME, tick=False),
        pytest.raises(errors.ExportGone, match="within an hour"),
    ):
        lifecycle.fetch_export(ready, by=Actor.of(ada))


def test_people_do_not_make_exports(active: PushCertificate, ada: User) -> None:
    export, by = exported(active), Actor.of(ada)

    with pytest.raises(errors.NotAllowed):
        lifecycle.name_export(export, file="x", by=by)
    with pytest.raises(errors.NotAllowed):
        lifecycle.record_export(export, by=by)
    with pytest.raises(errors.NotAllowed):
        lifecycle.fail_export(export, sentence="x", by=by)


def test_an_uploaded_csr_has_no_key_to_export(active: PushCertificate) -> None:
    CSR.objects.filter(pk=active.csr.pk).update(origin="uploaded", sealed_key="")

    with pytest.raises(errors.KeyGone, match="keeps no key"):
        exported(active)
