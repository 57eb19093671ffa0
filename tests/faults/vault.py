"""File storage that can be made to fail: a folder, and an S3 server."""

import os
import resource
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from tests.faults.running import Running
from tests.faults.wire import Wire
from tests.servers import s3, server
from tests.servers.s3 import S3
from tests.servers.server import Process

# Less than a sealed key or an export has, so that each write is cut off in its middle.
_ROOM = 700
# So a PUT takes longer than anybody waits.
_SLOW = 100
_NOBODY = 65534


class Vault(Protocol):
    """`folder` is where each file lies, whatever the storage."""

    folder: Path

    def storage(self) -> dict[str, Any]:
        """One entry of STORAGES. Any: options of many types."""

    def full(self, _worker: Running) -> AbstractContextManager[None]:
        """While entered, the storage has no room for a file of the size of a key."""

    def end(self) -> None: ...


class LocalVault:
    """A folder of its own owner: as root, the worker writes as that owner, whom modes bind."""

    def __init__(self) -> None:
        self._root = Path(tempfile.mkdtemp(prefix="pushportal-vault-"))
        self.folder = self._root / "files"
        self.folder.mkdir()
        if os.geteuid() == 0:
            os.chown(self._root, _NOBODY, _NOBODY)
            os.chown(self.folder, _NOBODY, _NOBODY)

    def storage(self) -> dict[str, Any]:
        options = {"location": str(self.folder), "file_permissions_mode": 0o600}
        return {"BACKEND": "onboarding.storage.local.WholeFiles", "OPTIONS": options}

    @contextmanager
    def full(self, _worker: Running) -> Iterator[None]:
        with _no_room(_worker.pid, *_worker.children()):
            yield

    @contextmanager
    def read_only(self, _worker: Running) -> Iterator[None]:
        folders = [self.folder, *(one for one in self.folder.rglob("*") if one.is_dir())]
        modes = {one: stat.S_IMODE(one.stat().st_mode) for one in folders}
        for one in folders:
            one.chmod(0o500)
        try:
            yield
        finally:
            for one, mode in modes.items():
                one.chmod(mode)

    @contextmanager
    def away(self, _worker: Running) -> Iterator[None]:
        """A file where the folder was, as where nothing is mounted any more."""
        elsewhere = self.folder.with_name("elsewhere")
        self.folder.rename(elsewhere)
        self.folder.write_bytes(b"")
        try:
            yield
        finally:
            self.folder.unlink()
            elsewhere.rename(self.folder)

    def end(self) -> None:
        shutil.rmtree(self._root)


class S3Vault:
    """The S3 server of the tests behind a wire."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "read-only.log"
        self._s3 = S3.start(folder)
        self.folder = self._s3.folder
        self._port = urlsplit(self._options["endpoint_url"]).port or 0
        self.wire = Wire(self._port)

    @property
    def _options(self) -> dict[str, Any]:
        """Any: options of many types."""
        options: dict[str, Any] = self._s3.storage()["OPTIONS"]
        return options

    def storage(self) -> dict[str, Any]:
        options = {
            **self._options,
            "endpoint_url": f"http://127.0.0.1:{self.wire.port}",
            # A test has less patience than the product.
            "client_config": {"read_timeout": 1},
        }
        return {"BACKEND": "onboarding.storage.s3.WholeObjects", "OPTIONS": options}

    @contextmanager
    def full(self, _worker: Running) -> Iterator[None]:
        assert self._s3._process is not None
        with _no_room(self._s3._process.pid):
            yield

    @contextmanager
    def read_only(self, _worker: Running) -> Iterator[None]:
        self._s3.stop()
        reader = Process(
            [
                *(str(s3.program()), "serve", "s3", str(self.folder.parent), "--read-only"),
                *("--addr", f"127.0.0.1:{self._port}", "--config", "/dev/null"),
            ],
            log=self._log,
            environ={
                "RCLONE_AUTH_KEY": f'"{self._options["access_key"]},{self._options["secret_key"]}"'
            },
        )
        reader.wait_until(lambda: server.listens(self._port))
        try:
            yield
        finally:
            reader.stop()
            self._s3.start_again()

    @contextmanager
    def slow(self, _worker: Running) -> Iterator[None]:
        self.wire.bytes_per_second = _SLOW
        try:
            yield
        finally:
            self.wire.bytes_per_second = None

    @contextmanager
    def away(self, _worker: Running) -> Iterator[None]:
        self._s3.stop()
        try:
            yield
        finally:
            self._s3.start_again()

    def end(self) -> None:
        self.wire.__exit__(None, None, None)
        self._s3.stop()


@contextmanager
def _no_room(*pids: int) -> Iterator[None]:
    """As on a disk with some bytes left: these processes can write no file beyond them."""
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids}
    for pid, (_, hard) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (_ROOM, hard))
    try:
        yield
    finally:
        for pid, limits in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
