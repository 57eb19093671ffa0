"""The frame: which customer a page is about, the way to another, and the pages of one."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from onboarding.models import CSR, Customer, Membership, User
from onboarding.portal.navigation import IN_THE_SWITCHER


@pytest.fixture
def globex_too(ada: User, globex: Customer) -> Customer:
    """Ada reads at Globex, beside being admin of Acme."""
    Membership.objects.create(user=ada, customer=globex, role=Membership.Role.READER)
    return globex


def page(client: Client, address: str) -> str:
    return " ".join(client.get(address).content.decode().split())


def test_a_person_switches_between_customers(
    as_ada: Client, acme: Customer, globex_too: Customer
) -> None:
    shown = page(as_ada, acme.get_absolute_url())

    assert f'href="{acme.get_absolute_url()}" aria-current="true">Acme</a>' in shown
    assert f'href="{globex_too.get_absolute_url()}">Globex</a>' in shown


def test_with_one_customer_there_is_nothing_to_switch(as_ada: Client, acme: Customer) -> None:
    shown = page(as_ada, acme.get_absolute_url())

    assert '<span class="label">Acme</span>' in shown
    assert "Switch to" not in shown


def test_another_customer_is_never_in_the_switcher(
    as_ada: Client, globex_too: Customer, acme: Customer
) -> None:
    Customer.objects.create(name="Initech", country="US")

    assert "Initech" not in page(as_ada, acme.get_absolute_url())


def test_who_has_many_customers_finds_the_rest_on_a_page(
    as_ada: Client, ada: User, acme: Customer
) -> None:
    for number in range(IN_THE_SWITCHER + 5):
        one = Customer.objects.create(name=f"Zone {number:02}", country="DE")
        Membership.objects.create(user=ada, customer=one, role=Membership.Role.READER)

    shown = page(as_ada, acme.get_absolute_url())

    assert shown.count(">Zone ") == IN_THE_SWITCHER - 1
    assert "All of them" in shown


@pytest.mark.parametrize("name", ["customer", "history"])
def test_the_pages_of_a_customer_say_where_one_is(
    name: str, as_ada: Client, acme: Customer
) -> None:
    address = reverse(f"portal:{name}", args=[acme.pk])

    assert f'href="{address}" aria-current="page">' in page(as_ada, address)


def test_a_csr_is_reached_through_the_overview(as_ada: Client, csr: CSR) -> None:
    overview = csr.customer.get_absolute_url()

    assert f'href="{overview}" aria-current="true">' in page(as_ada, csr.get_absolute_url())


def test_staff_find_their_own_pages_in_the_menu(
    client_of: Callable[[User], Client], sam: User, as_bob: Client, acme: Customer
) -> None:
    assert 'href="/admin/">Staff pages' in page(client_of(sam), "/")
    assert "/admin/" not in page(as_bob, acme.get_absolute_url())


def test_a_stranger_sees_no_menu(client: Client, db: None) -> None:
    shown = page(client, "/accounts/login/")

    assert not re.search(r'class="menu|class="sections', shown)


def test_where_one_is_is_said_after_a_refused_upload(as_ada: Client, signed: CSR) -> None:
    address = reverse("portal:certificate_upload", args=[signed.pk])

    refused = as_ada.post(address, {"pasted": "no certificate"})

    overview = signed.customer.get_absolute_url()
    assert refused.status_code == 422
    assert f'href="{overview}" aria-current="true">' in refused.content.decode()
