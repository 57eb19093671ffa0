"""The short form of the suite, or the full one."""

import os
from typing import TypeVar

T = TypeVar("T")

IS_FULL = os.environ.get("FAULTS") == "full"
# The full form takes many minutes, and stops by itself all the same.
TIMEOUT_SECONDS = 1800 if IS_FULL else 120


def choose(*, short: T, full: T) -> T:
    return full if IS_FULL else short
