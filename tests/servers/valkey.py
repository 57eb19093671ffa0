"""Valkey as a server of its own, started as `manage.py up` starts its broker."""

import shutil
from pathlib import Path
from typing import Self

import redis

from pushportal.up import broker
from tests.servers import server
from tests.servers.server import Process


class Valkey:
    """A running Valkey on a Unix socket; what it holds survives a stop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = server.socket_folder(folder, longest_name="valkey.sock") / "valkey.sock"
        self._process: Process | None = None

    @classmethod
    def start(cls, folder: Path) -> Self:
        valkey = cls(folder)
        valkey.start_again(empty=False)
        return valkey

    @property
    def url(self) -> str:
        """The address, in the form of REDIS_URL."""
        return f"unix://{self.socket}"

    @property
    def pid(self) -> int:
        assert self._process is not None, "This Valkey is stopped."
        return self._process.pid

    def start_again(self, empty: bool) -> None:  # noqa: FBT001 - said by name at each call
        """Start it after a stop, with what it held or with nothing."""
        self.stop()
        if empty:
            shutil.rmtree(self.folder / "broker", ignore_errors=True)
        (self.folder / "broker").mkdir(mode=0o700, parents=True, exist_ok=True)
        self._process = Process(
            broker.command(self.folder, self.socket), log=self.folder / "valkey.log"
        )
        self._process.wait_until(self._answers)

    def flush(self) -> None:
        """Forget everything, as FLUSHALL does."""
        with self._client() as client:
            client.flushall()

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None

    def _answers(self) -> bool:
        try:
            with self._client() as client:
                return bool(client.ping())
        except redis.RedisError:
            # Not there yet, or still reading what it held.
            return False

    def _client(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self.socket))
