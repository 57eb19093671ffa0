"""`manage.py custody`: what it shows, what it refuses, and that a worker tells what is missing."""

import io
import os
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from onboarding import keys, queue, seal, tasks
from onboarding.custody import resealing
from onboarding.management.custody import reseal
from onboarding.models import CSR, Alarm, PushCertificate
from tests.conftest import CUSTODY_PRIVATE_KEY, CUSTODY_PUBLIC_KEY
from tests.custody.parts import KeyFiles, exported

OLD = seal.fingerprint(CUSTODY_PUBLIC_KEY)


def custody(verb: str) -> str:
    out = io.StringIO()
    sure = ["--yes"] if verb == "drop" else []
    call_command("custody", verb, *sure, stdout=out)
    return out.getvalue()


def settled(files: KeyFiles) -> None:
    """As if the rotation were an hour ago."""
    an_hour_ago = time.time() - 3600
    os.utime(files.public, (an_hour_ago, an_hour_ago))


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that takes a message each time somebody waits for it."""
    messages: list[tuple[str, str]] = []
    monkeypatch.setattr(queue, "reseal", lambda turn, after: messages.append((turn, after)))
    monkeypatch.setattr(
        reseal, "sleep", lambda _: tasks.reseal(*messages.pop(0)) if messages else None
    )


@pytest.fixture
def rotated(key_files: KeyFiles, submitted: CSR, worker: None) -> str:
    """What `custody rotate` said; one push key was sealed anew."""
    return custody("rotate")


def test_rotate_shows_how_far_it_is(rotated: str, submitted: CSR) -> None:
    newest = CSR.objects.get(pk=submitted.pk).custody_key

    assert newest != OLD
    assert f"sealed to custody key {newest[:16]}… from now on" in rotated
    assert "Sealed anew: 0 of 1" in rotated
    assert f"All push keys are sealed to custody key {newest[:16]}…." in rotated


def test_rotate_shows_no_private_key(rotated: str, key_files: KeyFiles) -> None:
    assert not [one for one in key_files.private_keys if one in rotated]


def test_ctrl_c_leaves_it_going(
    key_files: KeyFiles, submitted: CSR, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[tuple[str, str]] = []
    monkeypatch.setattr(queue, "reseal", lambda *turn: turns.append(turn))

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(reseal, "sleep", interrupted)
    said = custody("rotate")
    tasks.reseal(*turns[0])

    assert "It goes on in the worker" in said
    assert CSR.objects.get(pk=submitted.pk).custody_key != OLD


def test_what_cannot_be_sealed_anew_ends_it_with_a_sentence(
    key_files: KeyFiles, submitted: CSR, worker: None
) -> None:
    other = keys.new_push_key()
    CSR.objects.update(public_key_sha256=keys.public_key_sha256(other))

    with pytest.raises(CommandError, match="1 push key could not be sealed anew"):
        custody("rotate")


def test_without_files_it_says_what_to_set_where(db: None) -> None:
    with pytest.raises(CommandError, match="custody reseal") as refused:
        custody("rotate")

    said = str(refused.value)
    assert said.index("CUSTODY_PRIVATE_KEY of every worker") < said.index("CUSTODY_PUBLIC_KEY of")
    assert CUSTODY_PRIVATE_KEY not in said


def test_halves_that_do_not_fit_are_not_rotated(key_files: KeyFiles, db: None) -> None:
    key_files.public.write_text(keys.new_custody_key_pair()[1])

    with pytest.raises(CommandError, match="does not belong to CUSTODY_PRIVATE_KEY"):
        custody("rotate")

    assert key_files.private_keys == [CUSTODY_PRIVATE_KEY]


def test_keys_changed_by_hand_are_followed_by_reseal(
    settings: Settings, submitted: CSR, worker: None
) -> None:
    private, public = keys.new_custody_key_pair()
    settings.CUSTODY_PRIVATE_KEY = f"{private}\n{CUSTODY_PRIVATE_KEY}"
    settings.CUSTODY_PUBLIC_KEY = public

    said = custody("reseal")

    assert "All push keys are sealed" in said
    assert CSR.objects.get(pk=submitted.pk).custody_key == seal.fingerprint(public)


def test_status_counts_the_seals_of_each_key(
    key_files: KeyFiles, submitted: CSR, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reseal, "follow", lambda **_: None)
    custody("rotate")

    lines = custody("status").splitlines()

    newest = seal.fingerprint(key_files.public.read_text().strip())
    assert lines[1].split() == [f"{newest[:16]}…", "0", "sealed", "to", "now"]
    assert lines[2].startswith(f"{OLD[:16]}…          1  kept until these are sealed anew")


def test_status_names_a_key_that_is_missing(settings: Settings, submitted: CSR) -> None:
    settings.CUSTODY_PRIVATE_KEY, settings.CUSTODY_PUBLIC_KEY = keys.new_custody_key_pair()
    out = io.StringIO()

    with pytest.raises(CommandError, match="Put it back"):
        call_command("custody", "status", stdout=out)

    assert f"{OLD[:16]}…          1  MISSING here" in out.getvalue()


def test_an_old_key_is_dropped_when_nothing_is_sealed_to_it(
    rotated: str, key_files: KeyFiles
) -> None:
    settled(key_files)
    offered = custody("status")

    said = custody("drop")

    assert "may be dropped: manage.py custody drop" in offered
    assert f"Dropped custody key {OLD[:16]}…." in said
    assert len(key_files.private_keys) == 1
    assert CUSTODY_PRIVATE_KEY not in key_files.private_keys
    assert "no custody key that could be dropped" in custody("drop")


def test_a_key_that_something_is_sealed_to_stays(rotated: str, key_files: KeyFiles) -> None:
    settled(key_files)
    CSR.objects.update(custody_key=OLD)

    said = custody("drop")

    assert "no custody key that could be dropped" in said
    assert CUSTODY_PRIVATE_KEY in key_files.private_keys


def test_a_seal_without_a_name_keeps_all_keys(rotated: str, key_files: KeyFiles) -> None:
    settled(key_files)
    CSR.objects.update(custody_key="")

    with pytest.raises(CommandError, match="may still need an old key"):
        custody("drop")

    assert "not recorded" in custody("status")
    assert CUSTODY_PRIVATE_KEY in key_files.private_keys


def test_a_passphrase_under_way_keeps_all_keys(
    active: PushCertificate, key_files: KeyFiles, worker: None
) -> None:
    custody("rotate")
    exported(active)
    settled(key_files)

    with pytest.raises(CommandError, match="may still need an old key"):
        custody("drop")


def test_right_after_a_rotation_nothing_is_dropped(rotated: str, key_files: KeyFiles) -> None:
    with pytest.raises(CommandError, match="rotated moments ago"):
        custody("drop")

    assert CUSTODY_PRIVATE_KEY in key_files.private_keys


def test_without_files_nothing_is_dropped(submitted: CSR) -> None:
    with pytest.raises(CommandError, match="take them out of the setting by hand"):
        custody("drop")


def test_a_starting_worker_alarms_of_a_key_that_is_missing(
    settings: Settings, submitted: CSR
) -> None:
    settings.CUSTODY_PRIVATE_KEY, settings.CUSTODY_PUBLIC_KEY = keys.new_custody_key_pair()

    tasks.tell_missing_custody_keys()

    alarm = Alarm.objects.open().get()
    assert "1 push key" in alarm.sentence
    assert OLD[:16] in alarm.sentence


def test_the_alarm_ends_once_the_key_is_back(settings: Settings, submitted: CSR) -> None:
    private, settings.CUSTODY_PUBLIC_KEY = keys.new_custody_key_pair()
    settings.CUSTODY_PRIVATE_KEY = private
    tasks.tell_missing_custody_keys()

    settings.CUSTODY_PRIVATE_KEY = f"{private} {CUSTODY_PRIVATE_KEY}"
    tasks.tell_missing_custody_keys()

    assert not Alarm.objects.open().exists()


def test_a_file_that_cannot_be_read_is_named(key_files: KeyFiles, db: None) -> None:
    key_files.public.unlink()

    with pytest.raises(CommandError, match=r"CUSTODY_PUBLIC_KEY_FILE names .* cannot be read"):
        custody("status")


def test_a_broken_off_rotation_leaves_all_openable(key_files: KeyFiles, submitted: CSR) -> None:
    private, _ = keys.new_custody_key_pair()
    key_files.private.write_text(f"{private}\n{CUSTODY_PRIVATE_KEY}\n")

    said = custody("status")

    assert f"{OLD[:16]}…          1  sealed to now" in said
    assert not resealing.waiting(OLD).exists()


def test_a_linked_key_file_stays_a_link(
    key_files: KeyFiles, settings: Settings, tmp_path: Path, db: None, worker: None
) -> None:
    link = tmp_path / "link"
    link.symlink_to(key_files.private)
    settings.CUSTODY_PRIVATE_KEY_FILE = link.resolve()

    custody("rotate")

    assert link.is_symlink()
    assert len(link.read_text().split()) == 2
