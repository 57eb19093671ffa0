"""A large file is there whole under its name, or not at all; nothing is replaced unasked."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from signing.airgap import output


def write(path: Path, content: bytes, *, meanwhile: Callable[[], None], may_replace: bool) -> None:
    with output.whole(path, may_replace=may_replace) as file:
        file.write(content)
        meanwhile()


def test_the_file_appears_whole_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "out"

    with output.whole(path, may_replace=False) as file:
        file.write(b"half")
        assert not path.exists()
        file.write(b", whole")

    assert path.read_bytes() == b"half, whole"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("end", [KeyboardInterrupt, ZeroDivisionError])
def test_what_ends_half_way_leaves_everything_as_it_was(
    tmp_path: Path, end: type[BaseException]
) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"before")

    def stop() -> None:
        raise end

    with pytest.raises(end):
        write(path, b"half", meanwhile=stop, may_replace=True)

    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_made_since_the_look_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "out"

    def precious() -> None:
        path.write_bytes(b"precious")

    with pytest.raises(CommandError, match="is there already"):
        write(path, b"ours", meanwhile=precious, may_replace=False)

    assert path.read_bytes() == b"precious"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_file_is_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    with pytest.raises(CommandError, match="is there already"):
        output.demand_free(pipe, may_replace=True)

    assert pipe.is_fifo()
