"""Signs of life while a command works through many."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

SECONDS = 2.0

Item = TypeVar("Item")


def shown(
    items: Iterable[Item], *, total: int, done: str, write: Callable[[str], object]
) -> Iterator[Item]:
    """The items as they come; every few seconds a line on how many are `done`."""
    said = time.monotonic()
    for count, item in enumerate(items):
        if time.monotonic() - said >= SECONDS:
            write(f"{count:,} of {total:,} {done} …")
            said = time.monotonic()
        yield item
