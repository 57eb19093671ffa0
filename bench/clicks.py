"""From a staff member's click to SIGNED, with a signer that has nothing else to do."""

import json
from pathlib import Path

from bench import pipeline, stage
from bench.report import Table, percentile


def measure(folder: Path, *, count: int) -> Table:
    made = pipeline.write(folder, count)
    line, end = pipeline.on_postgresql(folder, made)
    try:
        line.stage.run("manage.py", "collectstatic", "--no-input", "--verbosity", "0")
        line.fill(0, count, "submitted")
        with line.stage.signer(processes=pipeline.PROCESSES):
            found = json.loads(line.stage.run("-m", "bench.programs.clicks", str(count)))
    finally:
        end()
    answers, waits = zip(*found, strict=True)
    rows = [
        [
            f"p{percent}",
            f"{percentile(answers, percent) * 1000:.0f} ms",
            f"{percentile(waits, percent) * 1000:.0f} ms",
            f"{percentile(waits, percent) / percentile(answers, percent):.2f}",
        ]
        for percent in (50, 95, 99)
    ]
    return Table(
        "clicks",
        f"Approve in the admin → SIGNED, {count} clicks, idle signer, PostgreSQL + Valkey",
        ["", "the page answers", "SIGNED", "ratio"],
        rows,
        f"The signer runs on core {stage.SIGNERS_CORE}, all else on the other.",
    )
