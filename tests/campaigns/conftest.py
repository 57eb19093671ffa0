"""Certificates at many customers, each with a contact, and a queue that is done by hand."""

from collections.abc import Callable
from typing import Any

import pytest

from onboarding import lifecycle
from onboarding.campaigns import Selection
from onboarding.lifecycle import Actor
from onboarding.models import Campaign, Contact, Customer, Mail, PushCertificate, User
from tests.admin.conftest import groups, sam, tom
from tests.reminders.conftest import asked
from tests.reports.conftest import DAY, NOW, Issue, client_of, issue, staff_client

__all__ = ["asked", "client_of", "groups", "issue", "sam", "staff_client", "tom"]

Prepare = Callable[..., Campaign]
At = Callable[..., PushCertificate]


@pytest.fixture
def at(issue: Issue) -> At:
    """A certificate at a customer of its own, with one contact. Any: the certificate's columns."""

    def certificate(name: str = "Acme", days: int = 30, **columns: Any) -> PushCertificate:
        customer = Customer.objects.create(name=name, country="DE")
        Contact.objects.create(customer=customer, email=f"it@{name.lower()}.example")
        return issue(customer, NOW + days * DAY, **columns)

    return certificate


@pytest.fixture
def prepare(sam: User) -> Prepare:
    """A campaign of all that is active, or of what is chosen. Any: a Selection's fields."""

    def prepared(text: str = "", **selection: Any) -> Campaign:
        return lifecycle.prepare_campaign(
            title="Spring", selection=Selection(**selection), text=text, by=Actor.of(sam)
        )

    return prepared


def mailed() -> list[str]:
    """Who is owed a mail, in the order of the addresses."""
    return sorted(Mail.objects.filter(kind="renewal").values_list("recipient", flat=True))
