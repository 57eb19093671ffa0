"""What the audit trail costs: verifying it, sealing it, and each Event that a verb writes."""

import json
import pickle
from pathlib import Path
from statistics import median

from bench import csrs
from bench.report import Table, spread
from bench.stage import Stage
from tests.servers.postgresql import PostgreSQL
from tests.servers.valkey import Valkey


def measure(folder: Path, *, events: int, rounds: int, count: int) -> Table:
    made = folder / "made.pickle"
    made.write_bytes(pickle.dumps(csrs.make(count)))
    postgresql, valkey = PostgreSQL.start(folder / "pg"), Valkey.start(folder / "valkey")
    try:
        trail = Stage.set_up(folder / "trail", DATABASE_URL=postgresql.create("trail"))
        sealing = json.loads(trail.run("-m", "bench.programs.trail", "fill", str(events)))
        found = json.loads(trail.run("-m", "bench.programs.trail", str(rounds)))
        desk = Stage.set_up(
            folder / "desk", DATABASE_URL=postgresql.create("desk"), REDIS_URL=valkey.url
        )
        verbs = json.loads(desk.run("-m", "bench.programs.verbs", str(made)))
    finally:
        valkey.stop()
        postgresql.stop()
    return Table(
        "audit",
        f"The audit trail: {events:,} Events, and verbs with and without theirs, PostgreSQL",
        ["", "median (rounds)", "against the baseline"],
        [*_of_trail(found, sealing, events), *_of_verbs(verbs)],
        f"{rounds} interleaved rounds. The verbs: {count:,} CSRs, each second call without Events.",
    )


def _of_trail(found: list[list[float]], sealing: float, events: int) -> list[list[str]]:
    read, verified = zip(*found, strict=True)
    shares = [whole / part for part, whole in found]
    return [
        ["read alone, Events/s", spread([events / one for one in read], "{:.0f}"), ""],
        [
            "verified, Events/s",
            spread([events / one for one in verified], "{:.0f}"),
            f"{spread(shares)} of the time to read",
        ],
        ["sealed, Events/s", f"{events / sealing:.0f}", ""],
    ]


def _of_verbs(verbs: dict[str, list[list[float]]]) -> list[list[str]]:
    return [
        [
            f"{verb}, ms",
            f"{median(times):.2f}; without Events {median(without):.2f}",
            f"**{(median(times) / median(without) - 1) * 100:+.0f} %**",
        ]
        for verb, (times, without) in verbs.items()
    ]
