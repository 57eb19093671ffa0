"""Files in a folder of this machine, whatever stores the suite runs on, and a way to break them."""

from pathlib import Path

from pytest_django import Settings


def use(settings: Settings, folder: Path) -> Path:
    """From now on files are kept in `folder`."""
    entry = {
        "BACKEND": "onboarding.storage.local.WholeFiles",
        "OPTIONS": {
            "location": str(folder),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    }
    settings.STORAGES = {**settings.STORAGES, "default": entry}
    return folder


def take_away(folder: Path) -> None:
    """A file where the folder should be: nobody can use it, not even root."""
    if folder.exists():
        folder.rename(folder.with_name("away"))
    folder.write_bytes(b"")


def bring_back(folder: Path) -> None:
    folder.unlink()
    if folder.with_name("away").exists():
        folder.with_name("away").rename(folder)
