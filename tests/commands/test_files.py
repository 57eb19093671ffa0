"""New files appear once, whole, and readable by whom they should be."""

import stat
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from signing.setup import files


def test_a_secret_is_for_its_owner_alone(tmp_path: Path) -> None:
    files.write_new(tmp_path / "key", b"secret", mode=files.SECRET)

    assert (tmp_path / "key").read_bytes() == b"secret"
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_a_file_made_since_the_look_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("precious")

    with pytest.raises(CommandError, match="is there already and is not overwritten"):
        files.write_new(path, b"secret", mode=files.SECRET)

    assert path.read_text() == "precious"


def test_a_link_made_since_the_look_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "key").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(CommandError, match="is there already"):
        files.write_new(tmp_path / "key", b"secret", mode=files.SECRET)

    assert not (tmp_path / "elsewhere").exists()


def test_standard_output_is_never_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("-").write_text("a file with an odd name")

    files.demand_new(files.STDOUT)
    with pytest.raises(CommandError, match="k is there"):
        files.demand_new(files.STDOUT, _made(tmp_path / "k"))


def _made(path: Path) -> Path:
    path.touch()
    return path
