"""The product on several machines: each with a folder and settings of its own.

They share PostgreSQL, Valkey and S3, and nothing else.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from onboarding import keys
from pushportal.sandbox.authority import Authority
from pushportal.up import environment, greeting
from pushportal.up.processes import PROCESSES
from tests.run import instance
from tests.servers.postgresql import PostgreSQL
from tests.servers.s3 import S3
from tests.servers.server import Process
from tests.servers.valkey import Valkey

# What a process says once it does its work.
_READY = {"worker": "ready.", "signer": "ready.", "beat": "beat: Starting", "web": "Started worker"}


@dataclass(frozen=True, slots=True)
class Stores:
    """What all machines reach."""

    postgresql: PostgreSQL
    valkey: Valkey
    s3: S3
    database_url: str

    @classmethod
    def start(cls, folder: Path) -> "Stores":
        # The data outlives no test, so nothing waits for the disk.
        postgresql = PostgreSQL.start(folder / "postgresql", fsync="off", synchronous_commit="off")
        database_url = postgresql.create("portal")
        return cls(
            postgresql, Valkey.start(folder / "valkey"), S3.start(folder / "s3"), database_url
        )

    @property
    def settings(self) -> dict[str, str]:
        """As an operator names them to every process."""
        return {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.valkey.url,
            "STORAGE": json.dumps(self.s3.storage()),
        }

    def stop(self) -> None:
        self.s3.stop()
        self.valkey.stop()
        self.postgresql.stop()


@dataclass(slots=True)
class Machine:
    """One process of the product on a machine of its own; `settings` are what this one is told."""

    name: str
    process: str
    folder: Path
    settings: Mapping[str, str]
    _running: Process | None = field(default=None, repr=False)

    @property
    def said(self) -> str:
        return self._log.read_text(errors="replace")

    def start(self, *command: str) -> None:
        """Start this process, as `python -m` does."""
        self._running = Process(
            [sys.executable, "-m", *command],
            log=self._log,
            whole_environ=self._environ,
            # Nothing is written to where it happens to be started.
            folder=self.folder,
        )

    def wait(self) -> None:
        assert self._running is not None
        self._running.wait_until(lambda: _READY[self.process] in self.said)

    def ask_to_stop(self) -> None:
        if self._running:
            self._running.ask_to_stop()

    def stop(self) -> None:
        if self._running:
            self._running.stop()

    def pause(self) -> None:
        """Let it do nothing from now on, as if the machine stood still."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command of `manage.py`, with what this process is told."""
        return subprocess.run(
            [sys.executable, str(instance.ROOT / "manage.py"), *words],
            cwd=self.folder,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def _signal(self, number: signal.Signals) -> None:
        assert self._running is not None
        os.kill(self._running.pid, number)

    @property
    def _log(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def _environ(self) -> dict[str, str]:
        part = PROCESSES[self.process]
        return {
            **environment.share(os.environ | dict(self.settings), *part.settings),
            **part.fixed,
            "DJANGO_SETTINGS_MODULE": f"pushportal.settings.{part.module}",
            "PYTHONPATH": str(instance.ROOT),
            "PYTHONUNBUFFERED": "1",
        }


@dataclass(slots=True)
class Site:
    """All machines of one portal, and Apple; people are those of the sandbox."""

    folder: Path
    stores: Stores
    apple: Authority
    port: int
    settings: dict[str, str]
    accounts: list[dict[str, str]] = field(default_factory=list)
    machines: dict[str, Machine] = field(default_factory=dict)

    @classmethod
    def set_up(cls, folder: Path, apple: Authority) -> "Site":
        """The stores, a migrated database, static files and people, as before a first start."""
        stores, port = Stores.start(folder), instance.free_ports()
        private, public = keys.new_custody_key_pair()
        settings = {
            **stores.settings,
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "STAFF_MFA": "off",
            "TRUST_ANCHORS": apple.anchors_pem,
            "SIGNING_IDENTITY": apple.vendor_identity.as_uri(),
            "SECRET_KEY": "the same at web and worker",
            "CUSTODY_PRIVATE_KEY": private,
            "CUSTODY_PUBLIC_KEY": public,
        }
        site = cls(folder, stores, apple, port, settings)
        web = site.machine("web", "web")
        for words in (("migrate", "--verbosity", "0"), ("collectstatic", "--verbosity", "0")):
            ran = web.manage(*words, "--no-input")
            assert ran.returncode == 0, ran.stderr
        site._invite_people()
        return site

    @property
    def url(self) -> str:
        return self.settings["PUBLIC_URL"]

    def machine(self, name: str, process: str, **settings: str) -> Machine:
        """A new machine with an empty folder, for one process; nothing runs there yet."""
        folder = self.folder / name
        folder.mkdir(mode=0o700)
        own = {"VAR_DIR": str(folder / "var"), **settings}
        self.machines[name] = Machine(name, process, folder, {**self.settings, **own})
        return self.machines[name]

    def start(self, commands: Mapping[str, Sequence[str]]) -> None:
        """Start these machines, and wait until each does its work."""
        for name, command in commands.items():
            self.machines[name].start(*command)
        for name in commands:
            self.machines[name].wait()

    def stop(self) -> None:
        # All at once, for each takes its time.
        for machine in self.machines.values():
            machine.ask_to_stop()
        for machine in self.machines.values():
            machine.stop()
        self.stores.stop()

    def _invite_people(self) -> None:
        var = self.folder / "desk"
        environ = {**os.environ, **self.stores.settings, "VAR_DIR": str(var)}
        subprocess.run(
            [sys.executable, "manage.py", "sandbox", "prepare"],
            cwd=instance.ROOT,
            env={**environ, "DJANGO_SETTINGS_MODULE": "pushportal.settings.dev"},
            check=True,
            capture_output=True,
        )
        self.accounts = greeting.accounts(var)
