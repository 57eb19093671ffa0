"""Certificates that end when a test says so, with two who are told, and a queue kept quiet."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from onboarding import queue
from onboarding.models import CSR, Contact, Customer, PushCertificate, User

NOW = datetime(2027, 11, 24, 7, 0, tzinfo=UTC)
DAY = timedelta(days=1)
Issue = Callable[..., PushCertificate]
_numbers = count(1)


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the tasks that were asked for: the socket to the broker is patched away."""
    names: list[str] = []
    monkeypatch.setattr(queue, "_send", lambda task, *_: names.append(task))
    return names


@pytest.fixture
def contact(acme: Customer) -> Contact:
    return Contact.objects.create(customer=acme, email="it@acme.example", name="Ivy")


@pytest.fixture
def issue(acme: Customer, ada: User, contact: Contact) -> Issue:
    """A certificate of Acme that ends at `end`; Ada and the contact are told."""

    def issued(end: datetime, *, customer: Customer = acme) -> PushCertificate:
        number = next(_numbers)
        begin = end - 365 * DAY
        csr = CSR.objects.create(
            customer=customer,
            state=CSR.State.WITHDRAWN,
            state_since=begin,
            origin=CSR.Origin.MADE_HERE,
            requested_by=ada,
            requested_at=begin,
        )
        return PushCertificate.objects.create(
            customer=customer,
            csr=csr,
            topic=f"com.apple.mgmt.External.{number}",
            serial=f"{number:016X}",
            not_before=begin,
            not_after=end,
            fingerprint_sha256=f"{number:064x}",
            apple_account=customer.apple_account,
            der=b"x",
            activated_at=begin,
        )

    return issued
