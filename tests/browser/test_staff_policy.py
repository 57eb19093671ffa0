"""The staff's pages under the strict policy: what Unfold moves still moves, without a complaint.

The console complains of whatever the policy stops, and of what Alpine cannot read.
"""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from onboarding.models import CSR, Customer, PushCertificate, User
from tests.browser.person import Person

Visit = Callable[..., Person]


@pytest.fixture
def root(visit: Visit, db: None) -> Person:
    return visit(User.objects.create_superuser("root@vendor.example", "pw", name="Root"))


def page_of(row: Customer | CSR | PushCertificate | User, kind: str = "change") -> str:
    return reverse(f"admin:onboarding_{row._meta.model_name}_{kind}", args=[row.pk])


def test_the_frame_moves(root: Person, site: str, db: None) -> None:
    page = root.page
    page.goto(f"{site}/admin/")
    sidebar = page.get_by_role("link", name="Push certificates").first
    expect(sidebar).to_be_visible()

    page.locator("text=dock_to_right").first.click()
    expect(sidebar).to_be_hidden()
    page.reload()
    expect(sidebar).to_be_hidden()
    page.locator("text=dock_to_right").first.click()
    expect(sidebar).to_be_visible()

    page.keyboard.press("Control+e")
    page.keyboard.press("Control+e")
    expect(page.locator("html.dark, html.light")).to_have_count(1)


def test_a_list_is_narrowed_searched_and_chosen_from(
    root: Person, site: str, submitted: CSR
) -> None:
    page = root.page
    page.goto(f"{site}/admin/onboarding/csr/")
    expect(page.locator("#changelist-filter")).to_be_hidden()
    page.get_by_text("Filters", exact=False).first.click()
    expect(page.locator("#changelist-filter")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#changelist-filter")).to_be_hidden()

    page.keyboard.press("/")
    expect(page.locator("#searchbar")).to_be_focused()
    page.keyboard.press("Escape")

    page.locator("input[name=_selected_action]").first.check()
    expect(page.locator("#changelist-actions select[name=action]")).to_be_visible()


@pytest.mark.parametrize("noun", ["csr", "pushcertificate", "customer", "event", "user", "alarm"])
def test_every_list_opens(root: Person, site: str, active: PushCertificate, noun: str) -> None:
    root.page.goto(f"{site}/admin/onboarding/{noun}/")

    root.picture(f"list-{noun}")


def test_the_pages_of_rows_open(root: Person, site: str, active: PushCertificate) -> None:
    for row in (active, active.csr, active.customer, active.csr.requested_by):
        root.page.goto(f"{site}{page_of(row)}")
        expect(root.page.get_by_role("heading").first).to_be_visible()


def test_a_form_keeps_its_address_and_is_saved(
    root: Person, site: str, active: PushCertificate
) -> None:
    page = root.page
    page.goto(f"{site}{page_of(active.customer)}")
    form = page.locator("#customer_form")
    expect(form).to_have_attribute("action", page_of(active.customer))

    page.get_by_label("Name").first.fill("Acme renamed")
    page.get_by_role("button", name="Save", exact=True).first.click()

    expect(page.get_by_text("was changed successfully").first).to_be_visible()
