"""Files are named by their content and read back as they were, or not at all."""

from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage, default_storage

from onboarding import errors, storage


def path(name: str) -> Path:
    return Path(default_storage.path(name))


def test_the_same_content_is_one_file() -> None:
    first = storage.put("uploads", b"a")
    written = path(first).stat().st_mtime_ns
    again = storage.put("uploads", b"a")

    assert first == again
    assert path(first).stat().st_mtime_ns == written
    assert storage.get(first) == b"a"
    assert len(list(path("uploads").rglob("*/*"))) == 1


def test_a_file_is_for_its_owner_alone() -> None:
    name = storage.put("sealed-keys", b"a")

    assert path(name).stat().st_mode & 0o777 == 0o600
    assert path(name).parent.stat().st_mode & 0o777 == 0o700


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


def test_two_writers_at_once_leave_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    name = storage.put("uploads", b"abc")
    answers = iter([False])
    really = default_storage.exists
    # The first look comes before the other writer's file.
    monkeypatch.setattr(FileSystemStorage, "exists", lambda _, one: next(answers, really(one)))

    assert storage.put("uploads", b"abc") == name

    assert [file.name for file in path("uploads").rglob("*/*")] == [path(name).name]
