"""Does it stay as fast, and as small, with a hundred times as many?"""

from pathlib import Path

from bench import pipeline
from bench.report import Table


def measure(folder: Path, *, counts: tuple[int, ...]) -> Table:
    made = pipeline.write(folder, sum(counts))
    line, end = pipeline.on_postgresql(folder, made)
    found, begin = [], 0
    try:
        for count in counts:
            found.append(line.round(begin, begin + count))
            begin += count
    finally:
        end()
    first = found[0]
    rows = [
        [
            f"{count:,}",
            f"{one.signed:.0f}",
            f"{one.ratio:.2f}",
            f"{one.ratio / first.ratio:.2f}",
            f"{one.memory:.0f}",
            f"{one.memory / first.memory:.2f}",
        ]
        for count, one in zip(counts, found, strict=True)
    ]
    return Table(
        "sizes",
        "PostgreSQL + Valkey: more and more CSRs at once",
        ["CSRs", "CSRs/s", "share of openssl", "of the first", "signer, MB", "of the first"],
        rows,
        "The share is taken against `openssl speed` right before and after each row.",
    )
