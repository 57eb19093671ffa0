"""A new custody key: at once for new seals, then for all others; nothing is ever unopenable."""

import os
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from pytest_django import Settings

from onboarding import errors, keys, lifecycle, queue, seal, storage, tasks
from onboarding.custody import resealing
from onboarding.custody.ring import Ring
from onboarding.lifecycle import Actor
from onboarding.management.custody import key_files as key_files_module
from onboarding.management.custody import reseal
from onboarding.models import CSR, Alarm, Customer, Event, PushCertificate, User
from onboarding.pki.names import Subject
from tests.conftest import CUSTODY_PRIVATE_KEY, CUSTODY_PUBLIC_KEY
from tests.custody.parts import KeyFiles, exported, opens_with

OLD = seal.fingerprint(CUSTODY_PUBLIC_KEY)
Callbacks = Callable[..., AbstractContextManager[object]]


@pytest.fixture
def works(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Callbacks
) -> Callable[[], None]:
    """A worker that does what was asked of it, turn after turn, and all that follows from it."""
    sent: list[tuple[str, ...]] = []
    monkeypatch.setattr(queue, "_send", lambda *message: sent.append(message))
    # The test's own transaction never ends, so nothing would ever be sent.
    monkeypatch.setattr(queue, "_nudge", lambda *message: sent.append(message))

    def work() -> None:
        while sent:
            name, *rest = sent.pop(0)
            if name == queue.RESEAL:
                with django_capture_on_commit_callbacks(execute=True):
                    tasks.reseal(*rest)

    return work


@pytest.fixture
def made(ada: User, acme: Customer) -> list[CSR]:
    """Five CSRs whose keys are sealed to the first custody key."""
    rows = []
    for number in range(5):
        csr = lifecycle.request_csr(
            acme, subject=Subject(common_name=f"Acme {number}", country="DE"), by=Actor.of(ada)
        )
        tasks.make_csr(str(csr.pk))
        csr.refresh_from_db()
        rows.append(csr)
    return rows


def rotated(files: KeyFiles) -> tuple[str, str]:
    """A new key in both files, by the command's own step: its private half and its fingerprint."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(reseal, "follow", lambda **_: None)
        call_command("custody", "rotate")
    return files.private_keys[0], seal.fingerprint(files.public.read_text().strip())


def seals() -> list[str]:
    return list(storage.names(storage.SEALED_KEYS))


def test_the_new_seal_names_its_custody_key(submitted: CSR) -> None:
    assert submitted.custody_key == OLD


def test_a_rotation_writes_both_halves_and_keeps_the_old_one(key_files: KeyFiles, db: None) -> None:
    private, newest = rotated(key_files)

    assert key_files.private_keys == [private, CUSTODY_PRIVATE_KEY]
    assert keys.custody_public_half(private) == key_files.public.read_text().strip()
    modes = [stat.S_IMODE(one.stat().st_mode) for one in (key_files.private, key_files.public)]
    assert modes == [0o600, 0o644]
    assert [one.name for one in key_files.private.parent.glob(".custody*")] == []
    event = Event.objects.get(verb="rotate_custody_key")
    assert event.facts == {"custody_key": newest, "before": OLD}
    assert event.actor_name == Actor.operator().name


def test_running_processes_take_up_the_new_key_without_a_restart(
    csr: CSR, key_files: KeyFiles
) -> None:
    private, newest = rotated(key_files)

    tasks.make_csr(str(csr.pk))

    csr.refresh_from_db()
    assert csr.custody_key == newest
    assert opens_with(csr, private)


def test_at_no_moment_is_anything_sealed_that_the_worker_cannot_open(
    csr: CSR, key_files: KeyFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = key_files_module.replace
    seen = []

    def observed(path: Path, content: str) -> None:
        really(path, content)
        seen.append(Ring.current().newest)

    monkeypatch.setattr(key_files_module, "replace", observed)
    rotated(key_files)

    assert seen[0] == OLD, "the private half first: sealing goes on to the old key"
    assert seen[1] != OLD


def test_all_push_keys_are_sealed_anew(
    made: list[CSR], key_files: KeyFiles, works: Callable[[], None]
) -> None:
    before = {csr.pk: csr.sealed_key for csr in made}
    private, newest = rotated(key_files)

    resealing.start()
    works()

    for csr in CSR.objects.all():
        assert csr.custody_key == newest
        assert csr.sealed_key != before[csr.pk]
        assert opens_with(csr, private)
        assert not storage.exists(before[csr.pk])
    assert len(seals()) == len(made)
    assert resealing.is_resting(newest)


def test_a_key_whose_custody_key_was_never_recorded_is_found_by_trying(
    made: list[CSR], key_files: KeyFiles, works: Callable[[], None]
) -> None:
    CSR.objects.update(custody_key="")
    _, newest = rotated(key_files)

    resealing.start()
    works()

    assert set(CSR.objects.values_list("custody_key", flat=True)) == {newest}


def test_it_goes_on_where_it_was_interrupted(
    made: list[CSR],
    key_files: KeyFiles,
    works: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    private, newest = rotated(key_files)
    really, calls = lifecycle.record_reseal, count()

    def killed(*arguments: object, **words: object) -> None:
        if next(calls) == 2:
            raise KeyboardInterrupt
        really(*arguments, **words)  # type: ignore[arg-type]  # passed on as they came

    resealing.start()
    with monkeypatch.context() as patched:
        patched.setattr(lifecycle, "record_reseal", killed)
        with pytest.raises(KeyboardInterrupt):
            works()
    half_way = CSR.objects.filter(custody_key=newest).count()
    # Sixty seconds later the sweep sees that nobody goes on.
    cache.clear()
    tasks.sweep()
    works()

    assert half_way == 2
    assert all(opens_with(csr, private) for csr in CSR.objects.all())
    assert CSR.objects.filter(custody_key=newest).count() == len(made)


def test_the_sweep_starts_no_second_chain_beside_a_running_one(
    made: list[CSR], key_files: KeyFiles, asked: list[tuple[object, ...]]
) -> None:
    rotated(key_files)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(queue, "_nudge", lambda *message: asked.append(message))
        tasks.sweep()
        tasks.sweep()

    assert [message[0] for message in asked].count(queue.RESEAL) == 1


def test_a_turn_of_a_chain_that_was_replaced_does_nothing(
    made: list[CSR], key_files: KeyFiles
) -> None:
    rotated(key_files)
    resealing.start()

    tasks.reseal("another chain's turn", "")

    assert {csr.custody_key for csr in CSR.objects.all()} == {OLD}


def test_a_turn_is_short_and_asks_for_the_next(
    made: list[CSR],
    key_files: KeyFiles,
    works: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, newest = rotated(key_files)
    monkeypatch.setattr(resealing, "TURN_SECONDS", 0)
    turns: list[str] = []
    really = resealing.take_turn

    def counted(turn: str, *, after: str) -> None:
        turns.append(after)
        really(turn, after=after)

    monkeypatch.setattr(resealing, "take_turn", counted)

    resealing.start()
    works()

    assert len(turns) == len(made)
    assert turns == ["", *sorted(turns[1:])]
    assert CSR.objects.filter(custody_key=newest).count() == len(made)


def test_a_key_that_does_not_open_is_told_and_stops_no_other(
    made: list[CSR], key_files: KeyFiles, works: Callable[[], None]
) -> None:
    lost, foreign, *fine = made
    storage.delete(lost.sealed_key)
    # Another CSR's seal: right custody key, wrong row.
    CSR.objects.filter(pk=foreign.pk).update(sealed_key=fine[0].sealed_key)
    _, newest = rotated(key_files)

    resealing.start()
    works()

    assert set(resealing.waiting(newest)) == {lost, foreign}
    assert storage.exists(fine[0].sealed_key), "a file that a row still names stays"
    told = Alarm.objects.open().get().sentence
    assert f"{lost}: The file {lost.sealed_key} is gone from storage" in told
    assert f"{foreign}: " in told
    assert "does not open" in told
    assert resealing.is_resting(newest)


def test_what_opens_again_is_sealed_anew_and_its_alarm_ends(
    made: list[CSR], key_files: KeyFiles, works: Callable[[], None]
) -> None:
    content = storage.get(made[0].sealed_key)
    storage.delete(made[0].sealed_key)
    _, newest = rotated(key_files)
    resealing.start()
    works()
    alarms = Alarm.objects.open().count()

    storage.put(storage.SEALED_KEYS, content)
    resealing.start()
    works()

    assert alarms == 1
    assert not Alarm.objects.open().exists()
    assert not resealing.waiting(newest).exists()


def test_a_seal_with_another_key_inside_is_not_taken_over(
    made: list[CSR], key_files: KeyFiles, works: Callable[[], None]
) -> None:
    sealed = keys.seal(
        keys.new_push_key(), csr_id=made[0].pk, custody_public_key=CUSTODY_PUBLIC_KEY
    )
    name = storage.put(storage.SEALED_KEYS, sealed)
    CSR.objects.filter(pk=made[0].pk).update(sealed_key=name)
    rotated(key_files)

    resealing.start()
    works()

    assert CSR.objects.get(pk=made[0].pk).sealed_key == name
    assert "another one than that of its CSR" in Alarm.objects.open().get().sentence


def test_the_old_seal_stays_until_the_new_one_was_read_back_and_opened(
    submitted: CSR,
    key_files: KeyFiles,
    works: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rotated(key_files)
    really = storage.get
    monkeypatch.setattr(
        storage,
        "get",
        lambda name: really(name) if name == submitted.sealed_key else really(name)[:-1] + b"x",
    )

    resealing.start()
    works()

    kept = CSR.objects.get(pk=submitted.pk)
    assert (kept.sealed_key, kept.custody_key) == (submitted.sealed_key, OLD)
    assert seals() == [submitted.sealed_key]


def test_of_two_who_seal_the_same_key_anew_one_is_taken(
    submitted: CSR, key_files: KeyFiles, works: Callable[[], None]
) -> None:
    private, _ = rotated(key_files)
    ring, twice = Ring.current(), CSR.objects.get(pk=submitted.pk)
    resealing.start()
    works()

    resealing.reseal(twice, ring)

    kept = CSR.objects.get(pk=submitted.pk)
    assert opens_with(kept, private)
    assert len(seals()) == 1
    assert not Alarm.objects.open().exists()


def test_an_export_asked_for_before_the_rotation_is_still_made(
    active: PushCertificate, key_files: KeyFiles
) -> None:
    export = exported(active)
    rotated(key_files)

    tasks.export(str(export.pk))

    export.refresh_from_db()
    assert export.state == "ready"


def test_a_row_that_moved_on_is_not_written(submitted: CSR) -> None:
    stale = CSR.objects.get(pk=submitted.pk)
    stale.sealed_key = "another"

    with pytest.raises(errors.WrongState):
        lifecycle.hold_seal(stale)
    with pytest.raises(errors.WrongState):
        lifecycle.record_reseal(stale, sealed_key="x", custody_key="x", by=Actor.worker())
    assert CSR.objects.get(pk=submitted.pk).sealed_key == submitted.sealed_key


def test_only_the_worker_records_a_new_seal(submitted: CSR, sam: User) -> None:
    with pytest.raises(errors.NotAllowed):
        lifecycle.record_reseal(submitted, sealed_key="x", custody_key="x", by=Actor.of(sam))
    with pytest.raises(errors.NotAllowed):
        lifecycle.begin_reseal(submitted, file="x", custody_key="x", by=Actor.of(sam))
    with pytest.raises(errors.NotAllowed):
        lifecycle.record_rotation(custody_key="x", before="y", by=Actor.of(sam))


def test_the_ring_shows_nothing_of_its_keys() -> None:
    assert CUSTODY_PRIVATE_KEY not in repr(Ring.current())


def test_several_keys_in_one_setting_are_told_apart_by_white_space(settings: Settings) -> None:
    other, _ = keys.new_custody_key_pair()
    settings.CUSTODY_PRIVATE_KEY = f"{other} {CUSTODY_PRIVATE_KEY}"

    assert Ring.current().newest == OLD
    assert len(Ring.current().names) == 2


def test_a_rotation_that_cannot_write_changes_nothing(
    key_files: KeyFiles, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> None:
        raise OSError(28, "No space left on device", str(key_files.private))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CommandError, match="cannot be written: No space left"):
        call_command("custody", "rotate")

    assert key_files.private_keys == [CUSTODY_PRIVATE_KEY]
    assert sorted(one.name for one in key_files.private.parent.glob(".custody*")) == []


def test_two_rotations_at_once_do_not_lose_a_key(key_files: KeyFiles, db: None) -> None:
    with key_files_module.locked(key_files.private), pytest.raises(CommandError, match="Another"):
        call_command("custody", "rotate")

    assert key_files.private_keys == [CUSTODY_PRIVATE_KEY]
