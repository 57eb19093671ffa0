"""Lines to paste: a button copies them as they are, and they are whole at any width."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from onboarding.models import PushCertificate, User
from tests.browser.person import DESKTOP, PHONE, Person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
Visit = Callable[..., Person]


@pytest.fixture
def address(active: PushCertificate, site: str) -> str:
    return site + reverse("portal:certificate", args=[active.pk]) + "?server=nanomdm"


def test_lines_are_copied_by_the_keyboard_and_that_is_said(
    visit: Visit, ada: User, address: str
) -> None:
    person = visit(ada)
    person.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = person.page
    page.goto(address)
    lines = page.locator(".lines", has_text="api.push.apple.com")

    lines.get_by_role("button", name="Copy").focus()
    page.keyboard.press("Enter")

    expect(lines.get_by_role("status")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == lines.locator("pre").text_content()


def test_lines_that_may_not_be_copied_are_marked(visit: Visit, ada: User, address: str) -> None:
    page = visit(ada).page
    page.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new Error())")
    page.goto(address)
    lines = page.locator(".lines").first

    lines.get_by_role("button", name="Copy").click()

    expect(lines.get_by_role("status")).to_have_text("")
    assert page.evaluate("getSelection().toString()").strip()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_line_is_cut_off(
    viewport: dict[str, int], visit: Visit, ada: User, address: str
) -> None:
    page = visit(ada, viewport=viewport).page
    page.goto(address)

    for lines in page.locator("pre.line").all():
        assert lines.evaluate("one => one.scrollWidth <= one.clientWidth"), lines.text_content()


def test_without_a_script_there_is_no_button(visit: Visit, ada: User, address: str) -> None:
    page = visit(ada, has_javascript=False).page
    page.goto(address)

    expect(page.locator("pre.line").first).to_be_visible()
    expect(page.locator("[data-copy]").first).to_be_hidden()
