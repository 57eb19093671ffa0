"""A day's reminders: how long, with how much memory, against a bare SELECT of the same rows."""

import json
from pathlib import Path
from statistics import median
from typing import Any

from bench import pipeline
from bench.report import Table


def measure(folder: Path, *, counts: tuple[int, ...], days: int) -> Table:
    rows = [row for count in counts for row in _of(folder / str(count), count, days)]
    return Table(
        "reminders",
        f"A day's reminders, PostgreSQL + Valkey, ends spread over a year, {days} days",
        ["certificates", "day", "reminded", "seconds", "bare SELECT", "ratio", "MB"],
        rows,
        "The first day finds nothing told yet: all that ends within 90 days is told, and half of"
        " the certificates are asked about. The bare SELECT reads, by the same index, id and end of"
        " every active certificate within the 90 days. MB is the most that the process ever held.",
    )


def _of(folder: Path, count: int, days: int) -> list[list[str]]:
    folder.mkdir(parents=True)
    line, end = pipeline.on_postgresql(folder, folder)
    try:
        line.stage.run("-m", "bench.programs.certificates", str(count))
        # Any: what the program wrote, as JSON.
        found: list[dict[str, Any]] = [
            json.loads(line.stage.run("-m", "bench.programs.remind", str(day)))
            for day in range(days)
        ]
    finally:
        end()
    first, others = found[0], found[1:]
    return [
        _row(count, "the first", [first]),
        _row(count, f"an ordinary one, median of {len(others)}", others),
    ]


# Any: as above.
def _row(count: int, day: str, found: list[dict[str, Any]]) -> list[str]:
    seconds, bare = (median(one[name] for one in found) for name in ("seconds", "bare"))
    return [
        f"{count:,}",
        day,
        f"{median(one['reminded'] for one in found):,.0f}",
        f"**{seconds:.2f}**",
        f"{bare:.3f}",
        f"{seconds / bare:.1f}",
        f"{median(one['memory'] for one in found):.0f}",
    ]
