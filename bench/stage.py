"""An instance of the product to be measured: its stores, its rows, its signer on a core."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pushportal.up.processes import PROCESSES
from tests.servers.server import Process

ROOT = Path(__file__).parents[1]
# The signer has one core for itself; the database, the broker and this program share the other.
SIGNERS_CORE, OTHER_CORE = 0, 1


@dataclass(slots=True)
class Stage:
    """`environ` is what every process is told: database, broker, folder."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    @classmethod
    def set_up(cls, folder: Path, **settings: str) -> "Stage":
        """Migrated, with the stand-in's vendor identity. `settings` as for a run."""
        folder.mkdir(parents=True, exist_ok=True)
        # Its members of staff have no authenticator at hand.
        stage = cls(folder, {"VAR_DIR": str(folder), "STAFF_MFA": "off", **settings})
        stage.run("manage.py", "custody", "new", str(folder / "custody"))
        stage.run("manage.py", "migrate", "--verbosity", "0")
        stage.run("manage.py", "sandbox", "prepare")
        return stage

    def run(self, *words: str) -> str:
        """A command of the product or of the bench, under the settings for development."""
        done = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=self._environ(
                DJANGO_SETTINGS_MODULE="pushportal.settings.dev", **self._custody_keys()
            ),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)} failed. {done.stderr[-4000:]}")
        return done.stdout

    @contextmanager
    def signer(self, *, processes: int, **settings: str) -> Iterator[Process]:
        """A signer on its core, ready to sign; `settings` in place of the stand-in's identity."""
        identity = {
            "SIGNING_IDENTITY": (self.folder / "sandbox" / "vendor.pem").as_uri(),
            "TRUST_ANCHORS_FILE": str(self.folder / "sandbox" / "anchors.pem"),
        }
        told, core = {**identity, **settings}, [SIGNERS_CORE]
        with self._celery("signer", "signing", processes, cores=core, **told) as signer:
            yield signer

    @contextmanager
    def worker(self, *, processes: int) -> Iterator[Process]:
        """A worker on all cores."""
        told = {**self._custody_keys(), "SECRET_KEY": "of the bench"}
        cores = [SIGNERS_CORE, OTHER_CORE]
        with self._celery("worker", "default", processes, cores=cores, **told) as worker:
            yield worker

    @contextmanager
    def _celery(
        self, name: str, queue: str, processes: int, *, cores: Sequence[int], **settings: str
    ) -> Iterator[Process]:
        module = f"pushportal.settings.{PROCESSES[name].module}"
        log = self.folder / f"{name}.log"
        log.unlink(missing_ok=True)
        words = (
            *("-A", "pushportal", "worker", "-Q", queue, "-n", f"{name}@bench"),
            *("--concurrency", str(processes), "--without-gossip", "--without-mingle"),
            *("-l", "INFO"),
        )
        process = Process(
            ["taskset", "-c", ",".join(map(str, cores)), sys.executable, "-m", "celery", *words],
            log=log,
            environ=self._environ(DJANGO_SETTINGS_MODULE=module, **settings),
        )
        try:
            process.wait_until(lambda: f"{name}@bench ready" in log.read_text(errors="replace"))
            yield process
        finally:
            process.stop()

    def _custody_keys(self) -> dict[str, str]:
        custody = self.folder / "custody"
        return (
            {
                "CUSTODY_PRIVATE_KEY_FILE": str(custody / "custody_private_key"),
                "CUSTODY_PUBLIC_KEY_FILE": str(custody / "custody_public_key"),
            }
            if custody.exists()
            else {}
        )

    def _environ(self, **settings: str) -> dict[str, str]:
        return {**os.environ, **self.environ, **settings}


def pin(core: int) -> None:
    """Keep this program, and what it starts from now on, to one core."""
    os.sched_setaffinity(0, {core})


def openssl_signatures_per_second(*, core: int, seconds: int = 2) -> float:
    """`openssl speed rsa2048` in one process on `core`: the limit of what a core can sign."""
    said = _openssl(core, "speed", "-seconds", str(seconds), "-mr", "rsa2048")
    # +F2:number:bits:seconds per signature:seconds per verification
    line = next(line for line in said.splitlines() if line.startswith("+F2:"))
    found = float(line.split(":")[3])
    return found if found > 1 else 1 / found


def _openssl(core: int, *words: str) -> str:
    command = ["taskset", "-c", str(core), "openssl", *words]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout


def cpu_seconds(pids: Sequence[int]) -> float:
    """User and system time of these processes so far."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """The process and all below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in family(int(child)))]


def wait(is_over: Callable[[], bool], *, every: float = 0.02, at_most: float = 600) -> float:
    """Seconds until `is_over()`."""
    began = time.monotonic()
    while not is_over():
        if time.monotonic() - began > at_most:
            raise TimeoutError("What is measured did not come to its end.")
        time.sleep(every)
    return time.monotonic() - began


def peak_memory(pid: int) -> float:
    """The most that the process ever held, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024
