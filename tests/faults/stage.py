"""An instance of the product, process by process, on PostgreSQL and Valkey of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from onboarding import keys
from pushportal.sandbox.authority import Authority
from pushportal.up import environment
from pushportal.up.processes import PROCESSES, commands
from tests.faults import form, told
from tests.faults.ledger import Ledger
from tests.faults.office import Office
from tests.faults.running import Running
from tests.run import instance
from tests.servers.postgresql import PostgreSQL
from tests.servers.valkey import Valkey

DATABASE = "portal"
# Work that has waited for 2 seconds is asked for again; in the short form it is also looked for
# every 2 seconds, and else as often as in life.
SWEEP_AFTER = "2"
SWEEP = form.choose(short={told.SWEEP_EVERY: "2"}, full=dict[str, str]())
PYTHON = (sys.executable, "-m")


@dataclass(slots=True)
class Stage:
    """`settings` is what an operator sets; each process is told its share."""

    folder: Path
    postgresql: PostgreSQL
    valkey: Valkey
    settings: dict[str, str]
    port: int
    _running: dict[str, Running] = field(default_factory=dict)

    @classmethod
    def set_up(cls, folder: Path, apple: Authority) -> "Stage":
        """The stores, and the database and the pages' static files as before a first start."""
        postgresql = PostgreSQL.start(folder / "postgresql")
        valkey = Valkey.start(folder / "valkey")
        port = instance.free_ports()
        private, public = keys.new_custody_key_pair()
        settings = {
            "VAR_DIR": str(folder / "var"),
            "DATABASE_URL": postgresql.create(DATABASE),
            "REDIS_URL": valkey.url,
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "STAFF_MFA": "off",
            "TRUST_ANCHORS_FILE": str(apple.anchors),
            "SIGNING_IDENTITY": apple.vendor_identity.as_uri(),
            "SECRET_KEY": "of these tests",
            "CUSTODY_PRIVATE_KEY": private,
            "CUSTODY_PUBLIC_KEY": public,
            "SWEEP_AFTER": SWEEP_AFTER,
        }
        stage = cls(folder, postgresql, valkey, settings, port)
        stage._prepare()
        return stage

    @property
    def url(self) -> str:
        """Where the pages are."""
        return self.settings["PUBLIC_URL"]

    @property
    def database_url(self) -> str:
        return self.settings["DATABASE_URL"]

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.database_url, mails=self.folder / "var" / "mail")

    def office(self, ders: Sequence[bytes]) -> Office:
        """People at their desk, who can upload these CSRs."""
        file = self.folder / "csrs"
        file.write_text("\n".join(der.hex() for der in ders))
        desk = self.start("desk", "web", (*PYTHON, "tests.faults.desk", str(file)), talks=True)
        self._running["desk"] = desk
        return Office(desk)

    def have(self, *names: str) -> None:
        """See to it that worker, beat or web runs, and nothing of it is missing."""
        for name in names:
            if not (name in self._running and self._running[name].is_alive):
                self._running[name] = self.start(name, name, self._command(name), own=SWEEP)
        for name in names:
            self._running[name].wait_for(_READY[name])

    def drop(self, *names: str) -> None:
        dropped = [self._running.pop(name) for name in names if name in self._running]
        # All at once, for each takes its time.
        for one in dropped:
            one.ask_to_stop()
        for one in dropped:
            one.stop()

    @contextmanager
    def unguarded_pages(self) -> Iterator[None]:
        """The pages, on the same port, without the guard of their nudges."""
        self.drop("web")
        words = [
            "tests.faults.pages:portal" if word.endswith(":portal") else word
            for word in self._command("web")
        ]
        with self.start("unguarded-web", "web", words) as web:
            web.wait_for(_READY["web"])
            yield

    def start(
        self,
        name: str,
        process: str,
        command: Sequence[str],
        *,
        own: Mapping[str, str] | None = None,
        talks: bool = False,
    ) -> Running:
        """`command` as this process of the product; `own` is told to it beside its share."""
        return Running(
            command,
            environ=self._environ(process) | dict(own or {}),
            log=self.folder / f"{name}.log",
            talks=talks,
        )

    def end(self) -> None:
        self.drop(*reversed(self._running))
        self.valkey.stop()
        self.postgresql.stop()

    def _command(self, name: str) -> Sequence[str]:
        command = commands(self.port)[name]
        # Beat is the product's, at another pace.
        return (*PYTHON, "tests.faults.beat", *command[3:]) if name == "beat" else command

    def _environ(self, process: str) -> dict[str, str]:
        part = PROCESSES[process]
        shared = environment.share(os.environ | self.settings, *part.settings)
        module = {"DJANGO_SETTINGS_MODULE": f"pushportal.settings.{part.module}"}
        return {**shared, **part.fixed, **module, "PYTHONUNBUFFERED": "1"}

    def _prepare(self) -> None:
        for words in (("migrate",), ("collectstatic",)):
            subprocess.run(
                [sys.executable, "manage.py", *words, "--no-input", "--verbosity", "0"],
                cwd=instance.ROOT,
                env=self._environ("web"),
                check=True,
            )
        self.ledger.open()


_READY = {"worker": "ready.", "beat": "beat: Starting", "web": "Started worker"}
