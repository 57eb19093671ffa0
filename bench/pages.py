"""Do the customer's pages stay as fast with a hundred times as many customers beside them?"""

import json
from collections import defaultdict
from pathlib import Path
from statistics import median

from bench.report import Table, percentile
from bench.stage import Stage
from tests.servers.postgresql import PostgreSQL


def measure(folder: Path, *, few: int, many: int, rounds: int, count: int) -> Table:
    """Two databases on one server, looked at in turn: both see the same machine."""
    postgresql = PostgreSQL.start(folder / "postgresql")
    try:
        stages = {}
        for size in (few, many):
            stage = Stage.set_up(
                folder / f"var-{size}", DATABASE_URL=postgresql.create(f"customers_{size}")
            )
            stage.run("manage.py", "collectstatic", "--no-input", "--verbosity", "0")
            stage.run("-m", "bench.programs.customers", "0", str(size))
            stages[size] = stage
        found = _rounds(stages, rounds=rounds, count=count)
    finally:
        postgresql.stop()
    rows = [[page, *_compared(found[few][page], found[many][page])] for page in sorted(found[few])]
    return Table(
        "pages",
        f"The customer's pages, {few:,} and {many:,} customers, PostgreSQL",
        ["page", f"{few:,}, ms", f"{many:,}, ms", "ratio of medians", "ratio of p95"],
        rows,
        f"Medians of {rounds} interleaved rounds of {count} views, in one process, without a server"
        " for HTTP.",
    )


def _rounds(
    stages: dict[int, Stage], *, rounds: int, count: int
) -> dict[int, dict[str, list[float]]]:
    found: dict[int, dict[str, list[float]]] = {size: defaultdict(list) for size in stages}
    for _ in range(rounds):
        for size, stage in stages.items():
            said = json.loads(stage.run("-m", "bench.programs.pages", str(count)))
            for page, times in said.items():
                found[size][page] += times
    return found


def _compared(few: list[float], many: list[float]) -> list[str]:
    ratio = median(many) / median(few)
    late = percentile(many, 95) / percentile(few, 95)
    return [f"{median(few):.1f}", f"{median(many):.1f}", f"**{ratio:.2f}**", f"{late:.2f}"]
