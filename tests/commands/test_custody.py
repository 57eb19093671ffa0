"""`custody new` makes the keys once, and never again over the same files."""

import stat
from pathlib import Path

import pytest

from onboarding import keys
from onboarding.management.custody import key_files
from tests.commands.terminal import Terminal

PRIVATE, PUBLIC = "custody_private_key", "custody_public_key"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_both_halves_are_written(terminal: Terminal) -> None:
    ran = terminal.manage("custody", "new", "secrets")

    folder = terminal.folder / "secrets"
    custody_private_key = (folder / PRIVATE).read_text().strip()
    assert keys.custody_public_half(custody_private_key) == (folder / PUBLIC).read_text().strip()
    assert (mode(folder / PRIVATE), mode(folder / PUBLIC)) == (0o600, 0o644)
    assert ran.returncode == 0
    assert custody_private_key not in ran.stdout
    assert f"CUSTODY_PRIVATE_KEY_FILE={folder / PRIVATE}" in ran.stdout


@pytest.mark.parametrize("name", [PRIVATE, PUBLIC])
def test_neither_half_is_overwritten(terminal: Terminal, name: str) -> None:
    (terminal.folder / name).write_text("precious")

    ran = terminal.manage("custody", "new", ".")

    assert ran.returncode == 1
    assert f"{name} is there already and is not overwritten" in ran.stderr
    assert (terminal.folder / name).read_text() == "precious"
    assert len(list(terminal.folder.glob("custody_*"))) == 1


def test_a_link_is_not_followed(terminal: Terminal) -> None:
    (terminal.folder / PRIVATE).symlink_to(terminal.folder / "elsewhere")

    ran = terminal.manage("custody", "new", ".")

    assert ran.returncode == 1
    assert not (terminal.folder / "elsewhere").exists()


def test_a_link_made_since_the_look_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / PRIVATE).symlink_to(tmp_path / "elsewhere")

    with pytest.raises(FileExistsError):
        key_files.write_new(tmp_path / PRIVATE, "secret", mode=0o600)

    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_cannot_be_made_is_named(terminal: Terminal) -> None:
    (terminal.folder / "file").write_text("")

    ran = terminal.manage("custody", "new", "file/new")

    assert ran.returncode == 1
    assert "file/new cannot be written: Not a directory." in ran.stderr
