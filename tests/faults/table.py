"""The figures of a test, as lines that `make faults` shows."""

import sys
from collections.abc import Mapping


def show(title: str, figures: Mapping[str, object]) -> None:
    width = max(map(len, figures))
    lines = [f"  {name:<{width}}  {_written(value)}" for name, value in figures.items()]
    sys.stdout.write("\n".join(["", title, *lines, ""]))
    sys.stdout.flush()


def _written(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
