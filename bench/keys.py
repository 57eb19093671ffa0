"""Push keys: how many a core makes, and how long a customer waits for one."""

import json
import os
from pathlib import Path

from bench import pipeline
from bench.report import Table, percentile, spread


def measure(folder: Path, *, rounds: int) -> Table:
    cores = os.sched_getaffinity(0)
    line, end = pipeline.on_postgresql(folder, folder / "none")
    stage = line.stage
    try:
        rates = json.loads(stage.run("-m", "bench.programs.rates", str(rounds)))
        with stage.worker(processes=len(cores)):
            alone = json.loads(stage.run("-m", "bench.programs.waits", str(rounds * 6), "1"))
            crowd = json.loads(stage.run("-m", "bench.programs.waits", str(rounds), "51"))
    finally:
        end()
    one = 1 / percentile([raw for raw, _ in rates], 50)
    return Table(
        "keys",
        f"Push keys, {rounds} rounds, PostgreSQL + Valkey, {len(cores)} worker processes",
        ["", "median (rounds)", "against one key alone"],
        [
            [
                "RSA-2048 keys of OpenSSL in process, per second of CPU",
                spread([r[0] for r in rates], "{:.1f}"),
                "",
            ],
            [
                "the worker's task: key, CSR, seal, file, row",
                spread([r[1] for r in rates], "{:.1f}"),
                spread([r[1] / r[0] for r in rates]),
            ],
            *_waits("a customer alone waits", alone, one),
            *_waits("a customer with 50 others waits", crowd, one),
        ],
    )


def _waits(title: str, seconds: list[float], one: float) -> list[list[str]]:
    return [
        [
            f"{title}, p{percent}",
            f"{percentile(seconds, percent) * 1000:.0f} ms",
            f"{percentile(seconds, percent) / one:.1f}",
        ]
        for percent in (50, 95)
    ]
