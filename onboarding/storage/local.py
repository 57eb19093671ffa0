"""A local folder in which a file is whole under its name, or not there."""

import os
import secrets
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import FileSystemStorage

from onboarding import durable

# How the name of a file ends while it is being written. One that a crash left behind is never
# read by anybody.
UNFINISHED = ".unfinished"


class WholeFiles(FileSystemStorage):
    """Django's storage in a folder, but what is written can neither be torn nor be lost.

    Names are digests of the content here, so writing over a file can only mend it.
    """

    def __init__(self, **options: Any) -> None:
        """Any: Django's own options."""
        super().__init__(**{**options, "allow_overwrite": True})

    def _save(self, name: str, content: "File[bytes]") -> str:
        path = Path(self.path(name))
        self._make(path.parent)
        unfinished = path.with_name(f"{path.name}.{secrets.token_hex(8)}{UNFINISHED}")
        try:
            self._write(unfinished, content)
            # One step for everyone who looks: the whole file, or what was there before.
            durable.rename(unfinished, path)
        except BaseException:
            with suppress(OSError):
                unfinished.unlink()
            raise
        return name

    def delete(self, name: str) -> None:
        super().delete(name)
        folder = Path(self.path(name)).parent
        # Gone means gone, even if the power fails now.
        if folder.is_dir():
            durable.sync_folder(folder)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """A link is a file here: what it leads to is not of this storage, and may lead back."""
        folders: list[str] = []
        files: list[str] = []
        with os.scandir(self.path(path)) as entries:
            for entry in entries:
                (folders if entry.is_dir(follow_symlinks=False) else files).append(entry.name)
        return folders, files

    def renew(self, name: str) -> None:
        """Written just now, as far as anybody can see."""
        os.utime(self.path(name))

    def _write(self, path: Path, content: "File[bytes]") -> None:
        mode = self.file_permissions_mode
        handle = os.open(
            path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else mode
        )
        with os.fdopen(handle, "wb", buffering=0) as file:
            if mode is not None:
                # Whatever the umask took away.
                os.fchmod(file.fileno(), mode)
            for chunk in content.chunks():
                durable.write_all(file.fileno(), chunk)
            # Otherwise the name could reach the disk before the content does.
            os.fsync(file.fileno())

    def _make(self, folder: Path) -> None:
        new = list(takewhile(lambda one: not one.exists(), (folder, *folder.parents)))
        for one in reversed(new):
            # One by one: Python gives the mode to the last folder alone.
            one.mkdir(mode=self.directory_permissions_mode or 0o777, exist_ok=True)
            if self.directory_permissions_mode is not None:
                one.chmod(self.directory_permissions_mode)
            durable.sync_folder(one.parent)
