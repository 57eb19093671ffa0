"""What a page says."""

from typing import Protocol

from django.test import Client

from onboarding.models import Customer

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


def now_part(client: Client, customer: Customer) -> str:
    """What the overview says is to be done now."""
    page = text(client.get(customer.get_absolute_url()))
    return page.split("What to do now", 1)[1].split("</section>", 1)[0]
