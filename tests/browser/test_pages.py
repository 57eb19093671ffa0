"""Every page of the portal as it is seen: both widths, light and dark, with axe and the console."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, Membership, PushCertificate, User
from onboarding.portal.servers import SERVERS
from tests.browser.person import Person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
]
Visit = Callable[..., Person]


def ends_in(days: int) -> None:
    """Every certificate, begun a year before."""
    end = timezone.now() + timedelta(days=days, hours=1)
    PushCertificate.objects.update(not_before=end - timedelta(days=365), not_after=end)


def test_an_empty_overview(visit: Visit, ada: User, bob: User) -> None:
    at_acme = visit(ada)
    at_acme.picture("overview-empty")
    visit(bob).picture("overview-empty-reader")


def test_a_second_tab_makes_no_second_certificate_by_mistake(
    visit: Visit, site: str, acme: Customer, ada: User
) -> None:
    person = visit(ada)
    page = person.page
    page.goto(f"{site}{reverse('portal:csr_create', args=[acme.pk])}")
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_role("button", name="Create CSR").click()
    expect(other.get_by_text("Key and CSR are being made")).to_be_visible()
    other.close()

    page.get_by_role("button", name="Create CSR").click()

    expect(page.get_by_role("alert")).to_contain_text("Ada has asked for a push certificate")
    person.picture("csr-already-asked-for")
    page.get_by_role("link", name="Go on with that CSR").click()
    expect(page).to_have_url(re.compile(acme.csrs.get().get_absolute_url()))


def test_the_overview_over_the_year(visit: Visit, active: PushCertificate, ada: User) -> None:
    person = visit(ada)
    person.picture("overview-to-install")
    person.page.get_by_role("button", name="It has it already").click()
    person.picture("overview-good")
    for name, days in {"due": 80, "ending": 12, "expired": -5}.items():
        ends_in(days)
        person.page.reload()
        person.picture(f"overview-{name}")


def test_the_overview_of_what_went_wrong(
    visit: Visit, submitted: CSR, acme: Customer, ada: User, sam: User
) -> None:
    person = visit(ada)
    lifecycle.ask_customer(submitted, question="Which server is it for?", by=Actor.of(sam))
    person.page.reload()
    person.picture("overview-asked")
    lifecycle.reject(submitted, reason="The name is that of another company.", by=Actor.of(sam))
    lifecycle.keep_draft(acme, renews=None, by=Actor.of(ada), way="uploaded")
    person.page.reload()
    person.picture("overview-rejected")
    lifecycle.close_customer(acme, name="Acme", reason="Left us.", by=Actor.of(sam))
    person.page.goto(person.page.url.partition("/customers/")[0])
    person.picture("overview-closed")


def test_the_overview_of_what_was_revoked(
    visit: Visit, active: PushCertificate, ada: User, sam: User
) -> None:
    lifecycle.revoke(active, reason="Its key was in an inbox.", by=Actor.of(sam))
    visit(ada).picture("overview-revoked")


def test_a_renewal_under_way(visit: Visit, signed_renewal: CSR, ada: User, bob: User) -> None:
    ends_in(20)
    visit(ada).picture("overview-renewal")
    person = visit(bob)
    person.picture("overview-renewal-reader")
    person.page.get_by_role("link", name="History").click()
    person.picture("history")


def test_several_customers(
    visit: Visit, active: PushCertificate, ada: User, globex: Customer, site: str
) -> None:
    Membership.objects.create(user=ada, customer=globex, role=Membership.Role.READER)
    for number in range(10):
        one = Customer.objects.create(name=f"Branch {number} of a company", country="DE")
        Membership.objects.create(user=ada, customer=one, role=Membership.Role.READER)
    person = visit(ada)
    person.picture("home")
    person.page.get_by_role("link", name="Acme").click()
    person.page.locator("summary", has_text="Acme").click()
    person.picture("switcher")
    person.page.get_by_role("link", name="Branch 3 of a company").click()
    assert person.page.get_by_role("heading", level=1).text_content() == "Branch 3 of a company"


def test_a_certificate_and_its_instructions(
    visit: Visit, active: PushCertificate, ada: User, site: str
) -> None:
    person = visit(ada)
    address = f"{site}{active.get_absolute_url()}"
    person.page.goto(address)
    person.picture("certificate")
    for server in SERVERS:
        person.page.get_by_role("link", name=str(server.name), exact=True).click()
        person.page.wait_for_url(f"**?server={server.slug}*")
        if server.slug in {"nanomdm", "other"}:
            person.picture(f"certificate-{server.slug}")


def test_certificates_that_are_over(
    visit: Visit, active: PushCertificate, ada: User, site: str
) -> None:
    person = visit(ada)
    for state in (PushCertificate.State.SUPERSEDED, PushCertificate.State.REVOKED):
        PushCertificate.objects.update(state=state, revocation_reason="Its key was lost.")
        person.page.goto(f"{site}{active.get_absolute_url()}")
        person.picture(f"certificate-{state}")


def test_small_pages(
    visit: Visit, acme: Customer, ada: User, csr: CSR, sam: User, site: str
) -> None:
    person = visit(ada)
    person.page.goto(f"{site}{reverse('portal:apple_account', args=[acme.pk])}")
    person.picture("apple-account")
    person.page.locator("summary", has_text="Ada").click()
    person.picture("account-menu")
    lifecycle.withdraw(csr, by=Actor.of(ada))
    person.page.goto(f"{site}{csr.get_absolute_url()}")
    person.picture("csr-withdrawn")
    visit(sam).picture("home-staff")
