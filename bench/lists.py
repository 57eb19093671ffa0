"""Do the staff's lists stay as fast with a thousand times as many CSRs?"""

import json
from collections import defaultdict
from pathlib import Path
from statistics import median

from bench.report import Table, percentile
from bench.stage import Stage
from tests.servers.postgresql import PostgreSQL


def measure(folder: Path, *, sizes: tuple[int, ...], rounds: int, count: int) -> Table:
    """Databases on one server, looked at in turn: all see the same machine."""
    postgresql = PostgreSQL.start(folder / "postgresql", fsync="off")
    try:
        stages = {size: _filled(folder, postgresql, size) for size in sizes}
        plans = json.loads(stages[sizes[-1]].run("-m", "bench.programs.lists", "plans"))
        found: dict[int, dict[str, list[float]]] = {size: defaultdict(list) for size in sizes}
        for _ in range(rounds):
            for size, stage in stages.items():
                said = json.loads(stage.run("-m", "bench.programs.lists", str(count)))
                for name, times in said.items():
                    found[size][name] += times
    finally:
        postgresql.stop()
    first, last = sizes[0], sizes[-1]
    rows = [
        [
            name,
            *(_milliseconds(found[size][name]) for size in sizes),
            f"**{percentile(found[last][name], 95) / percentile(found[first][name], 95):.2f}**",
            _read_by(plans[name]["scans"]),
        ]
        for name in found[first]
    ]
    return Table(
        "lists",
        f"The staff's lists, {first:,} to {last:,} CSRs, PostgreSQL: p50 / p95",
        ["list", *(f"{size:,}, ms" for size in sizes), "ratio of p95", f"{last:,}: reads by"],
        rows,
        f"{rounds} interleaved rounds of {count} views, in one process, without a server for HTTP."
        " What was loaded by then is frozen, so that Python does not look through it in the midst"
        " of a list. A CSR has two Events; two have a push certificate, four a customer.",
    )


def _filled(folder: Path, postgresql: PostgreSQL, size: int) -> Stage:
    stage = Stage.set_up(
        folder / f"var-{size}", DATABASE_URL=postgresql.create(f"csrs_{size}"), STAFF_MFA="off"
    )
    stage.run("manage.py", "collectstatic", "--no-input", "--verbosity", "0")
    stage.run("-m", "bench.programs.crowd", str(size))
    return stage


def _read_by(scans: dict[str, int]) -> str:
    """The indexes, and the tables that are read without one."""
    shown = {
        scan if scan.startswith("Seq Scan") else scan.rpartition(" ")[2]
        for scan in scans
        if not scan.startswith("Bitmap Heap Scan")
    }
    return ", ".join(sorted(shown))


def _milliseconds(times: list[float]) -> str:
    return f"{median(times):.0f} / {percentile(times, 95):.0f}"
