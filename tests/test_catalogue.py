"""The German is complete: every string of the code, each with its German, and compiled."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from tests import catalogue

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


@pytest.fixture(scope="module")
def german() -> Catalog:
    return catalogue.catalogue()


def forms(message: Message) -> list[str]:
    """What a message says in German, once or in each number."""
    return list(message.string) if isinstance(message.string, tuple) else [str(message.string)]


def entries(german: Catalog) -> list[Message]:
    return [message for message in german if message.id]


@pytest.mark.needs("gettext")
def test_the_catalogue_has_every_string_of_the_code_and_no_other(german: Catalog) -> None:
    found = {(one.context, one.id) for one in entries(catalogue.template())}

    assert {(one.context, one.id) for one in entries(german)} == found, "python -m tests.catalogue"


def test_no_string_is_without_its_german(german: Catalog) -> None:
    assert [one.id for one in entries(german) if not all(forms(one))] == []


def test_no_german_is_guessed_or_left_over(german: Catalog) -> None:
    assert [one.id for one in entries(german) if one.fuzzy] == []
    assert not german.obsolete


def test_the_german_says_the_same_values(german: Catalog) -> None:
    for one in entries(german):
        said = one.id if isinstance(one.id, tuple) else (str(one.id),)
        # A singular may do without its number, in German where it does in English.
        for form, english in zip(forms(one), said, strict=True):
            assert set(PLACEHOLDER.findall(form)) == set(PLACEHOLDER.findall(str(english))), one.id
            # A stray percent sign would end the page that fills in the values.
            if "python-format" in one.flags:
                assert "%" not in PLACEHOLDER.sub("", form).replace("%%", ""), one.id


def test_what_is_compiled_is_what_is_written(german: Catalog) -> None:
    compiled = Path(catalogue.ROOT / catalogue.PO).with_suffix(".mo").read_bytes()

    assert compiled == catalogue.compiled(german), "python -m tests.catalogue"


def test_what_is_written_is_in_its_form(german: Catalog) -> None:
    """So that refreshing it changes no line that says the same."""
    assert (catalogue.ROOT / catalogue.PO).read_bytes() == catalogue.written(german)
