"""Does it stay as fast, and as small, with a hundred times as many?"""

from pathlib import Path
from statistics import median

from bench import pipeline
from bench.pipeline import WARM_UP
from bench.report import Table

# The fewer CSRs, the shorter the round, and the more rounds it takes to know.
_LEAST, _ROUNDS = 20_000, 9


def measure(folder: Path, *, counts: tuple[int, ...]) -> Table:
    rounds = [max(1, min(_ROUNDS, _LEAST // count)) for count in counts]
    total = sum((WARM_UP + count) * times for count, times in zip(counts, rounds, strict=True))
    made = pipeline.write(folder, total)
    line, end = pipeline.on_postgresql(folder, made)
    found, begin = [], 0
    try:
        for count, times in zip(counts, rounds, strict=True):
            some = []
            for _ in range(times):
                some.append(line.round(begin, begin + WARM_UP + count))
                begin += WARM_UP + count
            found.append(some)
    finally:
        end()
    ratios = [median(one.ratio for one in some) for some in found]
    memory = [median(one.memory for one in some) for some in found]
    rows = [
        [
            f"{count:,}",
            f"{len(some)}",
            f"{median(one.signed for one in some):.0f}",
            f"{ratio:.2f}",
            f"{ratio / ratios[0]:.2f}",
            f"{held:.0f}",
            f"{held / memory[0]:.2f}",
        ]
        for count, some, ratio, held in zip(counts, found, ratios, memory, strict=True)
    ]
    return Table(
        "sizes",
        "PostgreSQL + Valkey: more and more CSRs at once, medians",
        ["CSRs", "rounds", "CSRs/s", "share of openssl", "of the first", "MB", "of the first"],
        rows,
        "The share is taken against `openssl speed` right before and after each round; MB is the"
        " most that a process of the signer held.",
    )
