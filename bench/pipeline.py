"""Approved → signed, verified and committed with its Event: per core of the signer."""

import pickle
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench import csrs, stage
from bench.report import Table, spread
from bench.stage import Stage
from tests.servers.postgresql import PostgreSQL
from tests.servers.valkey import Valkey

# So many processes share the signer's core: one signs while others wait for their commits.
PROCESSES = 3
# CSRs that are signed before the clock runs.
WARM_UP = 1500


@dataclass(frozen=True, slots=True)
class Round:
    """Rates per second; `memory` is the largest process of the signer, in MB."""

    openssl: float
    signed: float
    cpu_microseconds: float
    memory: float

    @property
    def ratio(self) -> float:
        return self.signed / self.openssl


@dataclass(frozen=True, slots=True)
class Line:
    """One instance and its store of CSRs, worked off part by part."""

    stage: Stage
    is_over: Callable[[], bool]
    made: Path
    processes: int = PROCESSES

    def fill(self, begin: int, end: int, state: str) -> None:
        program = ("-m", "bench.programs.fill")
        self.stage.run(*program, str(self.made), str(begin), str(end), state)

    def round(self, begin: int, end: int, **signer: str) -> Round:
        """Sign the CSRs of the file from `begin` to `end`, between two looks at the baseline.

        The first WARM_UP of them are signed before the clock runs: then all is loaded.
        """
        before = stage.openssl_signatures_per_second(core=stage.SIGNERS_CORE)
        with self.stage.signer(processes=self.processes, **signer) as process:
            self._sign(begin, begin + WARM_UP)
            pids = stage.family(process.pid)
            used = stage.cpu_seconds(pids)
            seconds = self._sign(begin + WARM_UP, end)
            used = stage.cpu_seconds(pids) - used
            memory = max(stage.peak_memory(pid) for pid in pids)
        after = stage.openssl_signatures_per_second(core=stage.SIGNERS_CORE)
        return Round(
            openssl=(before + after) / 2,
            signed=(end - begin - WARM_UP) / seconds,
            cpu_microseconds=used / (end - begin - WARM_UP) * 1e6,
            memory=memory,
        )

    def _sign(self, begin: int, end: int) -> float:
        """Seconds from the nudge to the last commit."""
        self.fill(begin, end, "approved")
        # One clock for all processes of a machine.
        began = float(self.stage.run("-m", "bench.programs.nudge"))
        stage.wait(self.is_over, every=0.01)
        return time.monotonic() - began


def on_postgresql(folder: Path, made: Path) -> tuple[Line, Callable[[], None]]:
    """A line on PostgreSQL and Valkey, and how to end it."""
    postgresql, valkey = PostgreSQL.start(folder / "pg"), Valkey.start(folder / "valkey")
    url = postgresql.create("bench")
    set_up = Stage.set_up(folder / "var", DATABASE_URL=url, REDIS_URL=valkey.url)
    connection = psycopg.connect(url, autocommit=True)

    def is_over() -> bool:
        return connection.execute(IS_LEFT).fetchone() is None

    def end() -> None:
        connection.close()
        valkey.stop()
        postgresql.stop()

    return Line(set_up, is_over, made), end


# Asked again and again while the signer works, so cheap.
IS_LEFT = "SELECT 1 FROM onboarding_csr WHERE state = 'approved' LIMIT 1"


def write(folder: Path, count: int) -> Path:
    """A file of so many CSRs, for `bench.programs.fill`."""
    file = folder / "made.pickle"
    file.write_bytes(pickle.dumps(csrs.make(count)))
    stage.pin(stage.OTHER_CORE)
    return file


def shell(folder: Path, made: Path, *, var: Path, count: int) -> float:
    """CSRs per second of the openssl script, on the signer's core."""
    place = folder / "shell"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for at, one in enumerate(pickle.loads(made.read_bytes())[:count]):
        (place / f"{at}.der").write_bytes(one.der)
    vendor = var / "sandbox" / "vendor.pem"
    script = Path(__file__).with_name("apple_text.sh")
    words = [script, vendor, vendor, place]
    command = ["taskset", "-c", str(stage.SIGNERS_CORE), *map(str, words)]
    began = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    return count / (time.monotonic() - began)


def measure(folder: Path, *, rounds: int, count: int) -> Table:
    step = WARM_UP + count
    made = write(folder, rounds * step)
    line, end = on_postgresql(folder, made)
    try:
        found, shells = [], []
        for at in range(rounds):
            found.append(line.round(at * step, (at + 1) * step))
            shells.append(shell(folder, made, var=folder / "var", count=60))
    finally:
        end()
    return Table(
        "pipeline",
        f"PostgreSQL + Valkey: {count:,} CSRs a round, {rounds} rounds",
        ["", "median (rounds)"],
        [
            ["`openssl speed rsa2048`, signatures/s", spread([r.openssl for r in found], "{:.0f}")],
            ["approved → committed, CSRs/s", spread([r.signed for r in found], "{:.0f}")],
            ["share of `openssl speed`", spread([r.ratio for r in found])],
            [
                "CPU of the signer per CSR, in signatures",
                spread([r.cpu_microseconds * r.openssl / 1e6 for r in found]),
            ],
            [
                "times the openssl script",
                spread([r.signed / s for r, s in zip(found, shells, strict=True)], "{:.0f}"),
            ],
        ],
        f"The signer ({PROCESSES} processes) has one core; PostgreSQL, Valkey and the bench share"
        " the other.",
    )
