"""CSVs as people have them."""

import pytest

from onboarding import errors
from onboarding.importing import table


def only(data: bytes) -> table.Line:
    (line,) = table.read(data).lines
    return line


@pytest.mark.parametrize(
    "data",
    [
        "Name;Country\nMüller;DE\n".encode(),
        "\ufeffName,Country\r\nMüller,DE\r\n".encode(),
        "country\tNAME\nDE\tMüller\n".encode(),
        "Firma;Land\nMüller;DE".encode("cp1252"),
        "Name;Country\nMüller;DE\n".encode("utf-16"),
        "sep=;\nName;Country\nMüller;DE\n".encode(),
        '"Name";"Country"\n"Müller";"DE"\n\n;;\n'.encode(),
    ],
)
def test_any_common_form_is_read(data: bytes) -> None:
    values = only(data).values

    assert (values["name"], values["country"]) == ("Müller", "DE")


def test_a_line_break_within_quotes_keeps_the_lines_numbers() -> None:
    lines = table.read(b'Name;Note\nAcme;"one\ntwo"\nGlobex;x\n').lines

    assert [(line.number, line.values["note"]) for line in lines] == [(2, "one\ntwo"), (4, "x")]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "empty"),
        (b"Name\n", "no row below"),
        (b"Land\nDE\n", "no column .Name."),
        (b"Name;Firma\nA;B\n", "Two columns"),
        (b'Name\n"Acme\n', "line 2"),
        ("Name\nMüller\n".encode() + b"M\xfcller\n", "Line 3 of the CSV is not UTF-8"),
        (b"Name\nM\x81ller\n", "Line 2 of the CSV holds a byte"),
        (b"PK\x03\x04\x00\x00\xff", "no CSV"),
    ],
)
def test_what_cannot_be_read_is_named(data: bytes, told: str) -> None:
    with pytest.raises(errors.InvalidImport, match=told):
        table.read(data)


def test_more_cells_than_columns_are_refused_with_their_row() -> None:
    assert "3 cells" in only(b"Name;Country\nAcme;DE;Berlin\n").refusal


def test_columns_that_nothing_takes_are_told() -> None:
    assert table.read(b"Name;Colour\nAcme;red\n").ignored == ("Colour",)
