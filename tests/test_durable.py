"""What is said to be written is on the disk: the content first, and then the name."""

import errno
import os
import resource
import signal
import stat
from pathlib import Path

import pytest

from onboarding import durable
from onboarding.management.custody import key_files
from signing.airgap import output
from signing.setup import files


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what reached the disk, in order."""
    names: list[str] = []
    really = os.fsync

    def noted(handle: int) -> None:
        names.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        really(handle)

    monkeypatch.setattr(os, "fsync", noted)
    return names


def test_a_new_file_is_on_the_disk_before_its_name(tmp_path: Path, synced: list[str]) -> None:
    durable.write_new(tmp_path / "key", b"secret", mode=0o600)

    assert synced == ["key", tmp_path.name]
    assert (tmp_path / "key").read_bytes() == b"secret"
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_every_new_file_of_a_command_is_on_the_disk(tmp_path: Path, synced: list[str]) -> None:
    key_files.write_new(tmp_path / "custody", "secret", mode=0o600)
    files.write_new(tmp_path / "vendor", b"secret", mode=0o600)

    assert synced == ["custody", tmp_path.name, "vendor", tmp_path.name]


def test_a_file_that_is_replaced_is_on_the_disk_before_it_has_the_name(
    tmp_path: Path, synced: list[str]
) -> None:
    path = tmp_path / "out"
    path.write_text("before")

    key_files.replace(path, "after")
    with output.whole(path, may_replace=True) as file:
        file.write(b"at last")

    drafts, folders = synced[::2], synced[1::2]
    assert all(one.startswith(".out.") for one in drafts)
    assert folders == [tmp_path.name] * 2


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
def test_a_file_that_may_not_have_reached_the_disk_is_not_left_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refused(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refused)

    with pytest.raises(OSError, match=os.strerror(number)):
        durable.write_new(tmp_path / "key", b"secret", mode=0o600)

    assert list(tmp_path.iterdir()) == []


def test_what_stands_in_the_way_stays(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("precious")

    with pytest.raises(FileExistsError):
        durable.write_new(tmp_path / "key", b"secret", mode=0o600)

    assert (tmp_path / "key").read_text() == "precious"


def test_a_folder_that_cannot_be_synced_by_its_kind_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(_: int) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", unknown)

    durable.sync_folder(tmp_path)


def test_a_disk_that_takes_a_part_is_asked_again_and_says_that_it_is_full(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        try:
            durable.write_new(tmp_path / "key", b"x" * 300, mode=0o600)
        except OSError as error:
            os._exit(error.errno or 1)
        os._exit(0)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == errno.EFBIG
    assert list(tmp_path.iterdir()) == []
