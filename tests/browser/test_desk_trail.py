"""The trail, and the way in: Events searched and taken away, staff who need a second factor."""

import csv
import json
import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from playwright.sync_api import expect
from pytest_django import Settings

from onboarding import lifecycle, roles
from onboarding.lifecycle import Actor
from onboarding.models import CSR, User
from tests.admin.conftest import member
from tests.browser.person import DESKTOP, PHONE, Person
from tests.browser.test_accounts import PASSWORD, code

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
Visit = Callable[..., Person]
EVENTS = "/admin/onboarding/event/"
# In pixels.
A_FEW_LINES = 120


def test_the_trail_is_searched_narrowed_and_taken_away(
    visit: Visit, site: str, submitted: CSR, sam: User, tom: User
) -> None:
    lifecycle.reject(submitted, reason="=HYPERLINK('x')", by=Actor.of(sam))
    desk = (person := visit(tom)).page
    desk.goto(f"{site}{EVENTS}")
    person.picture("events")
    listed = desk.locator("#result_list tbody tr")
    desk.set_viewport_size(PHONE)
    assert max(row.evaluate("row => row.offsetHeight") for row in listed.all()) < A_FEW_LINES
    desk.set_viewport_size(DESKTOP)
    desk.locator("#searchbar").fill("Acme")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("cell", name="request csr")).to_be_visible()
    desk.goto(f"{site}{EVENTS}?verb=reject")
    expect(desk.get_by_role("cell", name="request csr")).to_have_count(0)
    person.picture("events-narrowed")

    lines = person.download("Export as CSV").read_text().splitlines()
    rows = list(csv.DictReader(lines))
    told = json.loads(person.download("Export as JSON").read_text())

    assert [row["verb"] for row in rows] == [row["verb"] for row in told] == ["reject"]
    assert told[0]["facts"]["reason"] == "=HYPERLINK('x')"
    desk.goto(f"{site}{EVENTS}?verb=trail_exported")
    expect(desk.get_by_text("Tom").first).to_be_visible()
    desk.locator("#result_list tbody a").first.click()
    person.picture("event")


def test_staff_set_up_a_second_factor_and_come_in_with_it(
    visit: Visit, site: str, submitted: CSR, sam: User, settings: Settings
) -> None:
    cache.clear()
    settings.STAFF_MFA = True
    person = visit(None)
    page = person.page
    page.goto(f"{site}/admin/")
    page.get_by_label("E-mail address").fill(sam.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("second factor").first).to_be_visible()
    person.picture("second-factor-needed")
    page.goto(f"{site}/admin/onboarding/csr/")
    assert "/admin/" not in page.url

    page.goto(f"{site}/accounts/app/add/")
    if page.get_by_label("Password").count():
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Go on").click()
    expect(page.get_by_label("Code")).to_be_visible()
    (secret,) = re.findall(r"<code>([A-Z2-7]{32})</code>", page.content())
    page.get_by_label("Code").fill(code(secret))
    page.get_by_role("button", name="Set up the app").click()
    page.goto(f"{site}/admin/onboarding/csr/")
    expect(page.get_by_role("heading", name="Is it still you?")).to_be_visible()

    other = visit(None).page
    other.goto(f"{site}/admin/onboarding/csr/")
    other.get_by_label("E-mail address").fill(sam.email)
    other.get_by_label("Password", exact=True).fill(PASSWORD)
    other.get_by_role("button", name="Sign in", exact=True).click()
    other.goto(f"{site}/admin/onboarding/csr/")
    assert "/admin/" not in other.url.partition("?")[0]
    other.goto(f"{site}/accounts/security/code/")
    other.get_by_label("Code").fill(code(secret, ahead=1))
    other.get_by_role("button", name="Sign in", exact=True).click()
    other.goto(f"{site}/admin/onboarding/csr/")
    expect(other.get_by_role("link", name=re.compile("Acme · "))).to_be_visible()


@pytest.mark.parametrize("role", sorted(roles.ROLES))
def test_each_role_at_the_page_of_a_csr(
    visit: Visit, site: str, submitted: CSR, groups: dict[str, Group], role: str
) -> None:
    """That no page leads anybody too far is read from their source; this is how it looks."""
    address = f"{role.lower()}@vendor.example"
    user = User.objects.create_user(address, "pw", name=role, is_staff=True)
    desk = (person := visit(member(user, groups[role]))).page

    desk.goto(f"{site}/admin/onboarding/csr/{submitted.pk}/change/")

    offered = desk.locator(".decision-buttons a").all_inner_texts()
    deciding = ["Approve…", "Reject…", "Ask the customer…", "Withdraw…"]
    expected = {roles.APPROVER: deciding, roles.OPERATOR: ["Withdraw…"]}
    assert offered == expected.get(role, [])
    person.picture(f"csr-as-{role.lower()}")
