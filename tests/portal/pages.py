"""What a page says."""

from typing import Protocol

# What the tests have in place of a name that a template does not find.
MISSING = "!!! %s !!!"


class Answer(Protocol):
    """What the test client returns; its own type is none of Django's."""

    @property
    def content(self) -> bytes: ...


def text(answer: Answer) -> str:
    """The page on one line, after a look for names that its templates did not find."""
    page = " ".join(answer.content.decode().split())
    assert "!!!" not in page
    return page
