"""Files in a folder: named by their content, and read back as they were or not at all."""

import errno
import os
import resource
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from pytest_django import Settings

from onboarding import errors, storage
from onboarding.storage import local
from tests.store import local as local_files


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    return local_files.use(settings, tmp_path / "files")


def path(name: str) -> Path:
    return Path(default_storage.path(name))


def files() -> list[str]:
    return sorted(one.name for one in path("uploads").rglob("*") if one.is_file())


def test_the_same_content_is_one_file_and_young_again() -> None:
    first = storage.put("uploads", b"a")
    os.utime(path(first), (0, 0))

    again = storage.put("uploads", b"a")

    assert first == again == storage.name_of("uploads", b"a")
    # An old file that is named only now must not pass for an orphan before its row is committed.
    assert path(first).stat().st_mtime > 0
    assert storage.get(first) == b"a"
    assert files() == [path(first).name]


def test_a_file_is_for_its_owner_alone() -> None:
    name = storage.put("sealed-keys", b"a")

    assert path(name).stat().st_mode & 0o777 == 0o600
    for folder in (path(name).parent, path("sealed-keys"), path("")):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_changed_file_is_not_used() -> None:
    name = storage.put("uploads", b"abc")
    path(name).write_bytes(b"abd")

    with pytest.raises(errors.DamagedRecord, match="has changed"):
        storage.get(name)


def test_a_lost_file_is_told() -> None:
    with pytest.raises(errors.DamagedRecord, match="is gone"):
        storage.get("uploads/ab/" + "ab" * 32)


def test_a_torn_file_is_written_anew() -> None:
    name = storage.put("uploads", b"abc")
    path(name).write_bytes(b"a")

    assert storage.put("uploads", b"abc") == name
    assert storage.get(name) == b"abc"


def test_a_deleted_file_is_gone_and_may_be_deleted_again() -> None:
    name = storage.put("uploads", b"abc")
    assert storage.exists(name)

    storage.delete(name)
    storage.delete(name)
    storage.delete("uploads/no/folder")

    assert not storage.exists(name)
    assert storage.kept_at(name) is None


def test_names_come_in_order_and_go_on_where_they_stopped() -> None:
    kept = sorted(storage.put("uploads", bytes([number])) for number in range(40))
    path("uploads/stray").write_bytes(b"")
    path("uploads/00/deeper").mkdir(parents=True)
    path("uploads/00/deeper/one").write_bytes(b"")
    kept = sorted([*kept, "uploads/stray", "uploads/00/deeper/one"])

    assert list(storage.names("uploads")) == kept
    for at, name in enumerate(kept):
        assert list(storage.names("uploads", after=name)) == kept[at + 1 :]
    assert list(storage.names("nothing")) == []


def test_a_storage_that_works_passes_the_probe_and_keeps_nothing_of_it() -> None:
    storage.probe()

    assert list(storage.names(storage.PROBES)) == []


def in_a_child(act: Callable[[], object]) -> int:
    """What became of a process that did this: 0, or the signal that ended it as a negative."""
    child = os.fork()
    if child == 0:
        try:
            act()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_writer_that_is_killed_leaves_no_half_file_under_the_name() -> None:
    content = b"abc" * 100
    name = storage.name_of("uploads", content)

    def killed_after_100_bytes() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        storage.put("uploads", content)

    assert in_a_child(killed_after_100_bytes) == -signal.SIGXFSZ

    assert not storage.exists(name)
    (left,) = files()
    assert left.startswith(path(name).name)
    assert left.endswith(local.UNFINISHED)
    assert storage.get(storage.put("uploads", content)) == content


def test_a_full_disk_is_told_and_leaves_nothing() -> None:
    content = b"abc" * 100
    path("uploads").mkdir(parents=True)

    def full_after_100_bytes() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        with pytest.raises(errors.StorageUnavailable, match="is full at the moment"):
            storage.put("uploads", content)
        # Reached only if it was told so; a child's assertions are nobody's otherwise.
        os.kill(os.getpid(), signal.SIGUSR1)

    assert in_a_child(full_after_100_bytes) == -signal.SIGUSR1
    assert files() == []


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "is full"),
        (errno.EDQUOT, "is full"),
        (errno.EROFS, "refuses access"),
        (errno.EACCES, "refuses access"),
        (errno.ETIMEDOUT, "does not answer in time"),
        (errno.EIO, "cannot be reached"),
        (errno.ESTALE, "cannot be reached"),
    ],
)
def test_whatever_the_system_says_becomes_one_error_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, number: int, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    name = storage.put("uploads", b"abc")
    for method in ("_save", "_open", "delete", "exists", "listdir", "get_modified_time"):
        monkeypatch.setattr(local.WholeFiles, method, fail)

    for act in (
        lambda: storage.put("uploads", b"abc"),
        lambda: storage.get(name),
        lambda: storage.delete(name),
        lambda: storage.exists(name),
        lambda: storage.kept_at(name),
        lambda: list(storage.names("uploads")),
        storage.probe,
    ):
        with pytest.raises(errors.StorageUnavailable, match=words) as refused:
            act()
        assert "/" not in refused.value.sentence
    assert name in caplog.text


def test_what_is_said_is_on_the_disk_before_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    really = os.fsync

    def noted(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        really(handle)

    monkeypatch.setattr(os, "fsync", noted)

    name = storage.put("uploads", b"abc")
    made, synced = synced, []
    storage.delete(name)

    digest = path(name).name
    # The new folders from the outermost, the file, and at last its name.
    assert made[:3] == [path("").parent.name, path("").name, "uploads"]
    assert made[3].startswith(digest)
    assert made[3].endswith(local.UNFINISHED)
    assert made[4:] == [digest[:2]]
    assert synced == [digest[:2]]


def test_a_storage_that_never_writes_over_a_file_keeps_one(settings: Settings) -> None:
    options = settings.STORAGES["default"]["OPTIONS"]
    plain = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "default": plain}
    name = storage.put("uploads", b"abc")

    assert storage.put("uploads", b"abc") == name
    assert files() == [path(name).name]
    path(name).write_bytes(b"a")
    with pytest.raises(errors.DamagedRecord, match="has changed"):
        storage.put("uploads", b"abc")


def test_djangos_own_storage_would_leave_half_a_file(settings: Settings, tmp_path: Path) -> None:
    """The guard is needed: without it, the same kill leaves a torn file under the final name."""
    plain = FileSystemStorage(location=tmp_path)

    def killed_after_100_bytes() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        plain.save("name", ContentFile(b"abc" * 100))

    assert in_a_child(killed_after_100_bytes) == -signal.SIGXFSZ
    assert len((tmp_path / "name").read_bytes()) == 100
