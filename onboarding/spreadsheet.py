"""CSV for spreadsheets, in which no cell is run as a formula."""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO

# What spreadsheets take for the beginning of a formula, and what they skip before it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Without it, Excel reads UTF-8 as the code page of its country.
BYTE_ORDER_MARK = "\ufeff"


def safe(value: object) -> str:
    """The cell as text; an apostrophe goes before what a spreadsheet would run.

    A number is none of that, negative or not.
    """
    if isinstance(value, int):
        return str(value)
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Each row as a line of CSV, the first one with a byte order mark."""
    mark = BYTE_ORDER_MARK
    for row in rows:
        line = StringIO()
        csv.writer(line).writerow([safe(value) for value in row])
        yield mark + line.getvalue()
        mark = ""
