"""Other ways through the same steps: by keyboard, by paste, as a reader, by an own service."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import Page, expect

from onboarding.models import CSR, Customer, PushCertificate, User
from pushportal.sandbox.authority import Authority
from tests.browser.person import DESKTOP, PHONE, Person
from tests.portal import openid_provider
from tests.portal.openid_provider import Provider
from tests.portal.services import ADA, set_up
from tests.portal.test_uploads import CSR_PEM, KEY_PEM

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
Visit = Callable[..., Person]
STOPS = 60


@pytest.fixture(autouse=True)
def fresh_limits(db: None) -> None:
    cache.clear()


def reach(page: Page, name: str) -> None:
    """Tab to what is called `name`, as somebody without a mouse does."""
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        here = page.evaluate(
            "(document.activeElement.labels?.[0] ?? document.activeElement).innerText"
        )
        if (here or "").strip() == name:
            return
    raise AssertionError(f"“{name}” is not reached by the keyboard on {page.url}")


def press(page: Page, name: str) -> None:
    reach(page, name)
    page.keyboard.press("Enter")


def test_by_keyboard_alone_from_the_first_step_to_the_csr(visit: Visit, ada: User) -> None:
    Customer.objects.update(apple_account="")
    page = visit(ada).page

    press(page, "Get a push certificate")
    expect(page.get_by_role("heading", name="Where shall the private key be kept?")).to_be_visible()
    press(page, "Keep the key here")
    expect(page.get_by_role("heading", name="Under which Apple Account?")).to_be_visible()
    reach(page, "Apple Account")
    page.keyboard.type("ada.lovelace@gmail.com")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Addresses at gmail.com belong to persons.")).to_be_visible()
    press(page, "Use ada.lovelace@gmail.com all the same")
    expect(page.get_by_role("heading", name="What the CSR says")).to_be_visible()
    reach(page, "E-mail address in the CSR")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("mdm@acme.example")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Key and CSR are being made")).to_be_visible()
    csr = CSR.objects.get()
    assert (csr.email, csr.customer.apple_account) == ("mdm@acme.example", "ada.lovelace@gmail.com")


def test_a_certificate_is_pasted(
    visit: Visit, site: str, signed: CSR, ada: User, apple: Authority
) -> None:
    page = visit(ada).page
    page.goto(f"{site}{signed.get_absolute_url()}")
    page.locator("summary", has_text="text").click()
    box = page.locator("textarea[name=pasted]")

    box.fill(KEY_PEM)
    page.get_by_role("button", name="Upload the certificate").click()
    expect(page.locator(".wrong").first).to_contain_text("This is a private key.")
    assert KEY_PEM not in page.content()
    box.fill(apple.issue(bytes(signed.der or b"")).decode())
    page.get_by_role("button", name="Upload the certificate").click()

    expect(page.get_by_text("The certificate fits and is active now.")).to_be_visible()


def test_a_csr_is_pasted(visit: Visit, site: str, acme: Customer, ada: User) -> None:
    page = visit(ada).page
    page.goto(f"{site}{reverse('portal:csr_upload', args=[acme.pk])}")
    page.locator("summary", has_text="text").click()

    page.locator("textarea[name=pasted]").fill(CSR_PEM)
    page.get_by_role("button", name="Upload CSR").click()

    expect(page.get_by_role("heading", name="looks at your CSR")).to_be_visible()


def test_a_renewal_begins_with_its_apple_account(
    visit: Visit, site: str, active: PushCertificate, ada: User
) -> None:
    page = (person := visit(ada)).page
    page.goto(f"{site}{reverse('portal:renew', args=[active.pk])}")

    expect(page.get_by_text("Can you sign in at Apple with this account?")).to_be_visible()
    person.picture("renewal-account")
    page.get_by_role("button", name="Yes, go on").click()

    expect(page.get_by_role("heading", name="What the CSR says")).to_be_visible()


def test_after_activation_the_overview_leads_to_the_mdm_server(
    visit: Visit, active: PushCertificate, ada: User
) -> None:
    page = visit(ada).page

    page.get_by_role("link", name="How your server takes it").click()
    expect(page.get_by_role("heading", name="Put it into your MDM server")).to_be_visible()
    page.get_by_role("link", name="Overview").first.click()
    page.get_by_role("button", name="It has it already").click()

    expect(page.get_by_text("Noted: your MDM server has the certificate.")).to_be_visible()
    expect(page.get_by_text("Nothing. From")).to_be_visible()


@pytest.mark.parametrize("way", ["desktop", "no JavaScript", "phone"])
def test_a_reader_looks_and_downloads_and_changes_nothing(
    way: str, visit: Visit, site: str, signed_renewal: CSR, active: PushCertificate, bob: User
) -> None:
    viewport = PHONE if way == "phone" else DESKTOP
    person = visit(bob, viewport=viewport, has_javascript=way != "no JavaScript")
    page = person.page
    expect(page.get_by_text("You may look and download.")).to_be_visible()

    for name in ("Overview", "History", "Notifications", "People"):
        page.get_by_role("link", name=name, exact=True).first.click()
        # Of the frame alone: language, sign-out.
        expect(page.locator("main button, main input:visible:not([disabled])")).to_have_count(0)
    page.goto(f"{site}{active.get_absolute_url()}")
    expect(page.locator("main button:not([data-copy])")).to_have_count(0)
    assert person.download("Download the certificate").stat().st_size > 500
    page.goto(f"{site}{signed_renewal.get_absolute_url()}")
    expect(page.get_by_text("an admin of Acme does that")).to_be_visible()
    expect(page.locator("main input:visible, main button")).to_have_count(0)
    assert person.download("Download the signed request").stat().st_size > 1000

    for refused in (
        reverse("portal:csr_start", args=[active.customer_id]),
        reverse("portal:withdraw", args=[signed_renewal.pk]),
        reverse("portal:export_create", args=[active.pk]),
    ):
        page.goto(f"{site}{refused}")
        expect(page.get_by_role("heading", name="This was not done")).to_be_visible()


@pytest.mark.parametrize("language", ["en-GB", "de-DE"])
def test_the_navigation_fits_on_a_phone(language: str, visit: Visit, ada: User) -> None:
    User.objects.update(language=language[:2])
    page = visit(ada, viewport=PHONE, locale=language).page

    links = [link.bounding_box() for link in page.locator(".sections a").all()]

    assert len(links) == 4
    assert len({box["y"] for box in links if box}) == 1


@pytest.fixture
def provider() -> Iterator[Provider]:
    with openid_provider.running() as provider:
        provider.claims = dict(ADA)
        yield provider


def test_staff_pages_are_there_without_javascript(
    visit: Visit, site: str, sam: User, submitted: CSR
) -> None:
    page = visit(sam, has_javascript=False).page
    page.goto(f"{site}/admin/")
    page.get_by_role("link", name=f"Acme · {str(submitted.pk)[:8]}").first.click()
    page.get_by_role("link", name="Approve…").click()
    page.get_by_role("button", name="Approve", exact=True).click()

    expect(page.get_by_text("Approved").first).to_be_visible()


@pytest.mark.parametrize("has_javascript", [True, False])
def test_sign_in_by_the_service_of_ones_organisation(
    visit: Visit, site: str, ada: User, provider: Provider, *, has_javascript: bool
) -> None:
    set_up(provider, "acme.example")
    page = (person := visit(None, has_javascript=has_javascript)).page

    page.get_by_label("E-mail address").fill(ada.email)
    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(page.get_by_role("heading", name="Acme", level=1, exact=True)).to_be_visible()
    assert provider.tokens, "the code was exchanged for signed tokens"
    if has_javascript:
        person.picture("signed-in-elsewhere")


def test_who_the_service_does_not_vouch_for_stays_outside(
    visit: Visit, site: str, ada: User, provider: Provider
) -> None:
    set_up(provider, "acme.example")
    provider.claims["email_verified"] = False
    page = (person := visit(None)).page

    page.get_by_label("E-mail address").fill(ada.email)
    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(page.get_by_text(re.compile("does not say that .* is verified"))).to_be_visible()
    person.picture("elsewhere-refused")
