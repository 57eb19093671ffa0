"""From an invitation to an active certificate: at a desk, on a phone, without JavaScript."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from onboarding import invitation_link, lifecycle, tasks
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, Membership, PushCertificate, User
from pushportal.sandbox.authority import Authority
from tests.browser.person import DESKTOP, PHONE, Person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"viewport": DESKTOP}, id="desktop"),
        pytest.param({"viewport": PHONE}, id="phone"),
        pytest.param({"viewport": DESKTOP, "has_javascript": False}, id="no-javascript"),
    ],
)
def test_from_the_invitation_to_active(
    how: dict[str, Any],
    visit: Callable[..., Person],
    site: str,
    acme: Customer,
    sam: User,
    sign_all: Callable[[], None],
    apple: Authority,
    tmp_path: Path,
) -> None:
    """Any: what the person's browser is like, of several types."""
    Customer.objects.update(apple_account="")
    invitation = lifecycle.invite(
        acme, email="nia@acme.example", role=Membership.Role.ADMIN, by=Actor.of(sam)
    )
    page = (person := visit(None, **how)).page
    page.goto(invitation_link.address(invitation).replace("http://127.0.0.1:8000", site))
    page.get_by_label("Your name").fill("Nia")
    page.get_by_label("Password").fill("four horses in a row")
    page.get_by_role("button", name="Make the account and join").click()
    expect(page.get_by_text("Push is not set up yet")).to_be_visible()
    page.get_by_role("link", name="Get a push certificate").click()
    page.get_by_role("button", name="Keep the key here").click()
    page.get_by_label("Apple Account").fill("push@acme.example")
    page.get_by_label("A second address").fill("desk@acme.example")
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("E-mail address").fill("mdm@acme.example")
    page.get_by_role("button", name="Create CSR").click()
    expect(page.get_by_text("Key and CSR are being made")).to_be_visible()

    csr = CSR.objects.get()
    tasks.make_csr(str(csr.pk))
    csr.refresh_from_db()
    lifecycle.approve(csr, by=Actor.of(sam))
    sign_all()
    csr.refresh_from_db()
    page.goto(page.url)

    expect(page.get_by_role("heading", name="Your turn")).to_be_visible()
    signed_request = person.download("Download the signed request")
    assert signed_request.stat().st_size > 1000
    issued = tmp_path / "MDM_ Acme_Certificate.pem"
    issued.write_bytes(apple.issue(bytes(csr.der or b"")))
    page.locator("input[type=file]").set_input_files(issued)
    page.get_by_role("button", name="Upload the certificate").click()

    expect(page.get_by_text("The certificate fits and is active now.")).to_be_visible()
    page.get_by_role("link", name="MicroMDM").click()
    expect(page.get_by_text("The key must be PKCS#1")).to_be_visible()
    page.get_by_role("link", name="Overview").first.click()
    expect(page.get_by_text("Push can work until")).to_be_visible()
    expect(page.get_by_role("link", name="Export key and certificate")).to_be_visible()
    assert PushCertificate.objects.active().count() == 1


def test_without_javascript_the_menus_open(visit: Callable[..., Person], ada: User) -> None:
    page = visit(ada, has_javascript=False).page

    page.locator("summary", has_text="Ada").click()
    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_label("Password", exact=True)).to_be_visible()


def test_a_menu_closes_by_escape_and_gives_the_focus_back(
    visit: Callable[..., Person], ada: User
) -> None:
    page = visit(ada).page
    menu = page.locator("summary", has_text="Ada")
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()

    page.keyboard.press("Escape")

    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(menu).to_be_focused()


def test_the_first_stop_of_the_keyboard_skips_to_the_content(
    visit: Callable[..., Person], ada: User
) -> None:
    page = visit(ada).page

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator("#content")).to_be_focused()
