"""The same on SQLite: one writer at a time, and a file in place of a server."""

import sqlite3
from pathlib import Path

from bench import pipeline
from bench.pipeline import Line
from bench.report import Table, spread
from bench.stage import Stage
from tests.servers.valkey import Valkey


def measure(folder: Path, *, rounds: int, count: int) -> Table:
    step = pipeline.WARM_UP + count
    made = pipeline.write(folder, rounds * step)
    valkey = Valkey.start(folder / "valkey")
    stage = Stage.set_up(folder / "var", REDIS_URL=valkey.url)
    database = sqlite3.connect(folder / "var" / "db.sqlite3", timeout=20, isolation_level=None)

    def is_over() -> bool:
        return database.execute(pipeline.IS_LEFT).fetchone() is None

    # Nothing is claimed in SQLite: a second process would sign what the first one signs.
    line = Line(stage, is_over, made, processes=1)
    try:
        found = [line.round(at * step, (at + 1) * step) for at in range(rounds)]
    finally:
        database.close()
        valkey.stop()
    return Table(
        "sqlite",
        f"SQLite + Valkey: {count:,} CSRs a round, {rounds} rounds",
        ["", "median (rounds)"],
        [
            ["`openssl speed rsa2048`, signatures/s", spread([r.openssl for r in found], "{:.0f}")],
            ["approved → committed, CSRs/s", spread([r.signed for r in found], "{:.0f}")],
            ["share of `openssl speed`", spread([r.ratio for r in found])],
            [
                "CPU of the signer per CSR, in signatures",
                spread([r.cpu_microseconds * r.openssl / 1e6 for r in found]),
            ],
        ],
        "The signer (1 process) has one core, and does the database's work itself.",
    )
