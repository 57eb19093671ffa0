"""A CSV as people have it: any encoding, delimiter and order of columns. Read, not judged."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Protocol

from onboarding import errors

LIMIT = 100_000
_DELIMITERS = ";,\t|"
# What a column may be called, compared without case, spaces and signs.
_NAMES = {
    "name": "name customer customername organisation organization company kunde firma",
    "country": "country countrycode c land",
    "apple_account": "appleaccount appleid managedappleid managedappleaccount account",
    "contacts": "contacts contact email emails emailaddress mail kontakt",
    "certificate": "certificate file filename pem pushcertificate zertifikat datei",
    "note": "note notes remark comment bemerkung notiz",
}
COLUMNS = {alias: name for name, aliases in _NAMES.items() for alias in aliases.split()}
TITLES = {
    "name": "Name",
    "country": "Country",
    "apple_account": "Apple Account",
    "contacts": "Contacts",
    "certificate": "Certificate",
    "note": "Note",
}


class Reader(Protocol):
    """What `csv.reader` makes; its own type has no public name."""

    @property
    def line_num(self) -> int: ...
    def __iter__(self) -> Iterator[list[str]]: ...


@dataclass(frozen=True, slots=True)
class Line:
    """`number` is where the row begins in the file; `values` has a text for each known column."""

    number: int
    values: Mapping[str, str]
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    lines: tuple[Line, ...]
    # Columns that nothing here takes.
    ignored: tuple[str, ...]


def read(data: bytes) -> Table:
    """The rows of a CSV. Raises InvalidImport, which names line and what was found."""
    text = _decoded(data)
    delimiter = _delimiter(text)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = list(_rows(reader))
    if not rows:
        raise errors.InvalidImport("The CSV is empty. Its first line names the columns.")
    (_, header), *others = rows
    columns, ignored = _columns(header)
    if len(others) > LIMIT:
        raise errors.InvalidImport(
            f"The CSV has {len(others):,} rows; {LIMIT:,} at once are the limit. Split the file."
        )
    if not others:
        raise errors.InvalidImport("The CSV has a line with names of columns, and no row below it.")
    found = tuple(_line(number, row, columns, len(header)) for number, row in others)
    return Table(found, ignored)


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _strictly(data, "utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\0" in data:
            raise errors.InvalidImport(
                "This is no CSV: it holds bytes that no text has. Export the table as CSV."
            ) from error
        line = data.count(b"\n", 0, error.start) + 1
        if _is_mostly_utf8(data):
            raise errors.InvalidImport(
                f"Line {line} of the CSV is not UTF-8, while other lines are. Save the file anew as"
                " UTF-8; something was pasted into it."
            ) from error
    return _strictly(data, "cp1252")


def _is_mostly_utf8(data: bytes) -> bool:
    """Whether some line has letters beyond ASCII that are right in UTF-8."""
    for line in data.split(b"\n"):
        try:
            if not line.isascii() and line.decode("utf-8"):
                return True
        except UnicodeDecodeError:
            continue
    return False


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise errors.InvalidImport(
            f"Line {line} of the CSV holds a byte (0x{data[error.start]:02X}) that is no letter in"
            " any encoding known here. Save the file anew as UTF-8."
        ) from error


def _delimiter(text: str) -> str:
    """The one that the first line has most of: names of columns rarely hold one."""
    first = text.lstrip("\r\n").split("\n", 1)[0]
    # Excel says it itself, in a line of its own.
    if first.lower().startswith("sep="):
        return first[4:5]
    return max(_DELIMITERS, key=first.count)


def _rows(reader: "Reader") -> Iterator[tuple[int, list[str]]]:
    """Each row that holds something, with the line on which it begins."""
    end = 0
    try:
        for row in reader:
            begin, end = end + 1, reader.line_num
            is_hint = begin == 1 and len(row) <= 2 and row and row[0].lower().startswith("sep=")
            if any(cell.strip() for cell in row) and not is_hint:
                yield begin, row
    except csv.Error as error:
        raise errors.InvalidImport(
            f"The CSV cannot be read from line {end + 1} on: {error}. A quotation mark is missing"
            " or stands within a cell; double it there."
        ) from error


def _columns(header: list[str]) -> tuple[dict[int, str], tuple[str, ...]]:
    columns: dict[int, str] = {}
    ignored = []
    for at, title in enumerate(header):
        name = COLUMNS.get("".join(filter(str.isalnum, title.casefold())))
        if name is None:
            if title.strip():
                ignored.append(title.strip())
        elif name in columns.values():
            raise errors.InvalidImport(
                f"Two columns of the CSV are taken for “{TITLES[name]}”, one of them “{title}”."
                " Remove or rename one."
            )
        else:
            columns[at] = name
    if "name" not in columns.values():
        raise errors.InvalidImport(
            "Line 1 of the CSV names no column “Name”; it says: "
            f"{', '.join(title.strip() or '(empty)' for title in header)[:300]}."
        )
    return columns, tuple(ignored)


def _line(number: int, row: list[str], columns: dict[int, str], width: int) -> Line:
    values = dict.fromkeys(TITLES, "")
    values |= {columns[at]: cell.strip() for at, cell in enumerate(row) if at in columns}
    if len(row) > width and any(cell.strip() for cell in row[width:]):
        return Line(
            number,
            values,
            f"The row has {len(row)} cells, the first line {width}: a delimiter stands within a"
            " cell that is not quoted.",
        )
    return Line(number, values)
