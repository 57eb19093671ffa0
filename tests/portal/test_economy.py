"""What a page costs: questions to the database, and bytes on the way to the reader."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Contact, Customer, Membership, PushCertificate, User
from onboarding.pki.names import Subject

MANY = 25
# Of them about ten are the frame's: session, person, customers, what the person may.
QUERIES = 20
TRANSFERRED_BYTES = 100_000
# Each page on which there is a list, and those that look at one row.
PAGES = ["home", "customer", "history", "people", "csr_create", "csr_upload", "csr"]
PAGES += ["certificate", "export_create", "notifications", "csr_start", "apple_account"]


@pytest.fixture
def address(page: str, acme: Customer, active: PushCertificate, signed_renewal: CSR) -> str:
    if page == "home":
        return "/"
    if page in {"certificate", "export_create"}:
        return reverse(f"portal:{page}", args=[active.pk]) + "?server=nanomdm"
    row = signed_renewal if page == "csr" else acme
    return reverse(f"portal:{page}", args=[row.pk])


@pytest.fixture
def two_customers(ada: User, globex: Customer) -> None:
    """With one alone the first page would only lead on."""
    Membership.objects.create(user=ada, customer=globex, role=Membership.Role.ADMIN)


def multiply(acme: Customer, ada: User) -> None:
    """Many of everything that a page of Ada's might list."""
    for number in range(MANY):
        csr = lifecycle.request_csr(
            acme, subject=Subject(common_name=f"{number}"), by=Actor.of(ada)
        )
        if number % 2:
            lifecycle.withdraw(csr, by=Actor.of(ada))
        person = User.objects.create_user(f"colleague{number}@acme.example", name=f"{number}")
        Membership.objects.create(user=person, customer=acme, role=Membership.Role.READER)
        Contact.objects.create(customer=acme, email=f"contact{number}@acme.example")
        branch = Customer.objects.create(name=f"Branch {number}", country="DE")
        Membership.objects.create(user=ada, customer=branch, role=Membership.Role.ADMIN)
        lifecycle.request_csr(branch, subject=Subject(common_name="x"), by=Actor.of(ada))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_the_database_no_more_often_when_there_is_more(
    address: str, two_customers: None, as_ada: Client, ada: User, acme: Customer
) -> None:
    few = queries(as_ada, address)

    multiply(acme, ada)

    many = queries(as_ada, address)
    assert many == few
    assert many <= QUERIES


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_light_with_all_that_it_brings(
    address: str, two_customers: None, as_ada: Client, ada: User, acme: Customer
) -> None:
    multiply(acme, ada)

    html = as_ada.get(address).content

    brought = re.findall(rb'(?:href|src)="/static/([^"]+)"', html)
    assert len(brought) >= 3, "style sheets, a script and an icon"
    # Pages go as they are, for what is compressed beside a secret tells of it; files compressed.
    assert len(html) + sum(map(compressed, brought)) < TRANSFERRED_BYTES


def compressed(name: bytes) -> int:
    found = finders.find(name.decode())
    assert isinstance(found, str), name
    return len(gzip.compress(Path(found).read_bytes()))
