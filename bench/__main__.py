"""`make bench`, or `python -m bench [PART …]`: measure, print, and keep in bench/RESULTS.md."""

import argparse
import sys
import tempfile
from pathlib import Path

from bench import (
    audit,
    clicks,
    keys,
    lists,
    pages,
    pipeline,
    reminders,
    report,
    sizes,
    sqlite,
    token,
)

PARTS = {
    "pipeline": lambda folder: pipeline.measure(folder, rounds=5, count=10_000),
    "sqlite": lambda folder: sqlite.measure(folder, rounds=5, count=2000),
    "token": lambda folder: token.measure(folder, rounds=5, count=2000),
    "sizes": lambda folder: sizes.measure(folder, counts=(1000, 10_000, 100_000)),
    "clicks": lambda folder: clicks.measure(folder, count=100),
    "pages": lambda folder: pages.measure(folder, few=1000, many=100_000, rounds=5, count=20),
    "audit": lambda folder: audit.measure(folder, events=100_000, rounds=5, count=1400),
    "lists": lambda folder: lists.measure(
        folder, sizes=(1000, 100_000, 1_000_000), rounds=5, count=20
    ),
    "reminders": lambda folder: reminders.measure(folder, counts=(5000, 50_000), days=6),
    "keys": lambda folder: keys.measure(folder, rounds=5),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART")
    for name in parser.parse_args().parts or PARTS:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            table = PARTS[name](Path(folder))
        report.keep(table)
        sys.stdout.write(f"{table.as_text()}\n\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
