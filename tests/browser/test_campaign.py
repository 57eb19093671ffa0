"""Remind now, a campaign from its form to who reacted, and the reports, as staff see them."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from onboarding import outbox, tasks
from onboarding.models import (
    Campaign,
    Contact,
    Customer,
    Event,
    Mail,
    PushCertificate,
    User,
)
from tests.admin.conftest import groups, sam
from tests.browser.person import SCHEMES, Person

__all__ = ["groups", "sam"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
]
Visit = Callable[..., Person]
WORDS = "Our offices are closed from 23 December.\n\nPlease renew before, so that we can help."


@pytest.fixture
def customers(active: PushCertificate) -> list[PushCertificate]:
    """Six of them: one has renewed, one is closed, and at one nobody wants mails."""
    now = timezone.now()
    made = []
    for number, name in enumerate(
        ("Initech", "Hooli", "Umbrella Research", "Stark Industries", "Wayne Enterprises")
    ):
        customer = Customer.objects.create(name=name, country="US")
        domain = f"{name.split()[0].lower()}.example"
        Contact.objects.create(customer=customer, email=f"mdm@{domain}")
        made.append(
            PushCertificate.objects.create(
                customer=customer,
                topic=f"com.apple.mgmt.External.00000000-0000-4000-8000-00000000000{number}",
                serial=f"{number:016X}",
                not_before=now - timedelta(days=340),
                not_after=now + timedelta(days=12 + 5 * number, hours=1),
                fingerprint_sha256=f"{number:064x}",
                apple_account=f"push@{domain}",
                der=b"x",
                activated_at=now - timedelta(days=340),
            )
        )
    PushCertificate.objects.filter(pk=made[2].pk).update(state="superseded")
    Customer.objects.filter(pk=made[3].customer_id).update(closed_at=now)
    made[4].customer.contacts.update(wants_reminders=False)
    PushCertificate.objects.filter(pk=active.pk).update(
        not_before=now - timedelta(days=350), not_after=now + timedelta(days=9, hours=1)
    )
    return made


def judged(person: Person, what: str) -> None:
    """Pictures, in which axe finds nothing wrong with what is ours in the admin's frame."""
    person.picture(what)
    for scheme in SCHEMES:
        person.colour(scheme)
        found = Axe().run(person.page, context={"include": [[".panel"]]})
        assert not found.response["violations"], found.generate_report()
    person.colour("light")


def test_remind_now(visit: Visit, customers: list[PushCertificate], sam: User, site: str) -> None:
    person = visit(sam)
    page = person.page
    page.goto(
        f"{site}{reverse('admin:onboarding_customer_change', args=[customers[0].customer_id])}"
    )
    page.get_by_role("link", name="Remind now of").click()
    expect(page.get_by_text("It goes to mdm@initech.example.")).to_be_visible()
    judged(person, "remind-now")
    page.get_by_role("button", name="Send it now").click()
    expect(page.get_by_text("is on its way to mdm@initech.example")).to_be_visible()
    expect(page.get_by_text("the next one can be sent from")).to_be_visible()
    expect(page.get_by_role("link", name="Remind now…")).to_have_count(0)
    judged(person, "certificate")
    # A page from before, or a colleague's.
    page.goto(f"{site}{reverse('admin:onboarding_pushcertificate_remind', args=[customers[0].pk])}")
    page.get_by_role("button", name="Send it now").click()
    expect(page.get_by_text("less than an hour ago")).to_be_visible()
    judged(person, "remind-now-refused")

    assert Mail.objects.filter(kind=Mail.Kind.RENEWAL).count() == 1


def test_a_campaign(
    visit: Visit, customers: list[PushCertificate], sam: User, site: str, screenshots: Path
) -> None:
    person = visit(sam)
    page = person.page
    page.goto(f"{site}/admin/")
    page.get_by_role("link", name="Campaigns").first.click()
    page.get_by_role("link", name="Add campaign").first.click()
    judged(person, "form")
    page.get_by_role("button", name="See whom it reaches").click()
    expect(page.get_by_text("Give it a title")).to_be_visible()
    judged(person, "form-refused")
    page.get_by_label("Title").fill("Before the holidays")
    page.get_by_label("Only certificates that are not renewed or revoked yet").uncheck()
    page.get_by_label("Your words in the mail").fill(WORDS)
    page.get_by_role("button", name="See whom it reaches").click()
    expect(page.get_by_role("link", name="3 get a mail")).to_be_visible()
    judged(person, "preview")
    page.get_by_role("link", name="1 with nobody who wants mails").click()
    expect(page.get_by_role("link", name="Wayne Enterprises")).to_be_visible()
    judged(person, "preview-left-out")
    page.get_by_role("link", name="Start…").click()
    judged(person, "start")
    page.get_by_role("button", name="Send the mails").click()
    expect(page.get_by_text("0 of 6 certificates looked at")).to_be_visible()
    judged(person, "running")
    tasks.run_campaign(Campaign.objects.get().pk)
    # Nobody reloads: the page looks again by itself.
    expect(page.get_by_text("0 of 6 certificates looked at")).to_have_count(0, timeout=15_000)
    outbox.drain()
    PushCertificate.objects.filter(pk=customers[1].pk).update(state="superseded")
    page.reload()
    expect(page.get_by_role("link", name="1 renewed", exact=True)).to_be_visible()
    judged(person, "done")
    page.get_by_role("link", name="1 renewed", exact=True).click()
    expect(page.get_by_role("link", name="Hooli")).to_be_visible()

    mail = Mail.objects.get(kind=Mail.Kind.RENEWAL, recipient="mdm@initech.example")
    reader = visit(None)
    reader.page.goto("about:blank")
    reader.page.set_content(str(outbox.compose(mail).alternatives[0][0]))
    for scheme in SCHEMES:
        reader.page.emulate_media(color_scheme=scheme)
        reader.page.screenshot(path=screenshots / f"mail-{scheme}.png", full_page=True)


def test_a_campaign_of_marked_certificates_is_stopped(
    visit: Visit, customers: list[PushCertificate], sam: User, site: str
) -> None:
    person = visit(sam)
    page = person.page
    page.goto(f"{site}/admin/onboarding/pushcertificate/")
    for row in page.locator("#result_list .action-select").all()[:2]:
        row.check()
    page.get_by_label("Action").first.select_option("campaign_selected")
    page.get_by_role("button", name="Run").first.click()
    expect(page.get_by_role("heading", name="Change Chosen on")).to_be_visible()
    judged(person, "form-chosen")
    page.get_by_role("button", name="See whom it reaches").click()
    expect(page.get_by_text("2 certificates chosen from the list")).to_be_visible()
    page.get_by_role("link", name="Start…").click()
    page.get_by_role("button", name="Send the mails").click()
    page.get_by_role("link", name="Stop…").click()
    judged(person, "stop")
    page.get_by_role("button", name="Stop it").click()
    expect(page.get_by_text("The campaign is stopped.")).to_be_visible()
    judged(person, "stopped")
    page.goto(f"{site}/admin/onboarding/campaign/")
    person.picture("list")

    assert not Mail.objects.filter(kind=Mail.Kind.RENEWAL).exists()


def test_reports(
    visit: Visit, customers: list[PushCertificate], sam: User, site: str, screenshots: Path
) -> None:
    person = visit(sam)
    page = person.page
    page.goto(f"{site}/admin/")
    page.get_by_role("link", name="Reports").first.click()
    judged(person, "reports")
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download the state of all customers as CSV").click()
    taken = Path(coming.value.path()).read_text(encoding="utf-8-sig")
    for name, sheet in (("customers", "State of all customers"), ("months", "Month by month")):
        page.goto(f"{site}{reverse(f'admin:onboarding_report_{name}')}")
        expect(page.get_by_role("heading", name=sheet)).to_be_visible()
        person.picture(f"sheet-{name}")
        found = Axe().run(page)
        assert not found.response["violations"], found.generate_report()
        page.pdf(path=screenshots / f"{name}.pdf", prefer_css_page_size=True)

    assert "Umbrella Research" in taken
    assert Event.objects.filter(verb="report_taken").count() == 1
