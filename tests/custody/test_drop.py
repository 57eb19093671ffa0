"""`custody drop` asks first: what would be lost is said before anything is."""

import io
import os
import sys
import time
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command

from onboarding import seal
from onboarding.management.custody import reseal
from onboarding.models import CSR
from tests.conftest import CUSTODY_PRIVATE_KEY, CUSTODY_PUBLIC_KEY
from tests.custody.parts import KeyFiles

OLD = seal.fingerprint(CUSTODY_PUBLIC_KEY)
Answer = Callable[[Callable[[], str]], list[str]]


@pytest.fixture(autouse=True)
def rotated(key_files: KeyFiles, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour ago; nothing is sealed to the old key any more."""
    monkeypatch.setattr(reseal, "follow", lambda **_: None)
    call_command("custody", "rotate", stdout=io.StringIO())
    an_hour_ago = time.time() - 3600
    os.utime(key_files.public, (an_hour_ago, an_hour_ago))


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Answer:
    """A person at a terminal who answers so; what was asked."""

    def with_(answer: Callable[[], str]) -> list[str]:
        asked: list[str] = []
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)

        def typed(question: str) -> str:
            asked.append(question)
            return answer()

        monkeypatch.setattr("builtins.input", typed)
        return asked

    return with_


def drop(*options: str) -> str:
    out = io.StringIO()
    call_command("custody", "drop", *options, stdout=out)
    return out.getvalue()


def test_it_names_the_key_and_what_would_be_lost_and_asks(
    key_files: KeyFiles, answering: Answer
) -> None:
    asked = answering(lambda: "yes")

    said = drop()

    assert f"To be dropped from {key_files.private}: custody key {OLD[:16]}…." in said
    assert "without a copy of these keys nobody can open them" in asked[0]
    assert CUSTODY_PRIVATE_KEY not in key_files.private_keys
    assert "Keep the offline copy" in said
    assert CUSTODY_PRIVATE_KEY not in said + asked[0]


@pytest.mark.parametrize("answer", ["", "y", "no"])
def test_anything_but_yes_drops_nothing(
    key_files: KeyFiles, answering: Answer, answer: str
) -> None:
    answering(lambda: answer)

    with pytest.raises(CommandError, match="Nothing was done"):
        drop()

    assert CUSTODY_PRIVATE_KEY in key_files.private_keys


def test_without_a_terminal_yes_must_be_given(
    key_files: KeyFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)

    with pytest.raises(CommandError, match="no terminal to ask on") as refused:
        drop()
    kept = key_files.private_keys
    said = drop("--yes")

    assert "without a copy of these keys" in str(refused.value)
    assert CUSTODY_PRIVATE_KEY in kept
    assert f"Dropped custody key {OLD[:16]}…." in said


def test_a_key_that_came_to_be_needed_while_it_was_asked_about_stays(
    key_files: KeyFiles, answering: Answer, submitted: CSR
) -> None:
    CSR.objects.update(custody_key=seal.fingerprint(key_files.public.read_text().strip()))

    def sealed_meanwhile() -> str:
        CSR.objects.update(custody_key=OLD)
        return "yes"

    answering(sealed_meanwhile)

    with pytest.raises(CommandError, match="Other keys may be dropped by now; nothing was"):
        drop()

    assert CUSTODY_PRIVATE_KEY in key_files.private_keys
