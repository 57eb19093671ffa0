"""Notifications, calendar, the yearly question and the mails about an end, as they are seen."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from onboarding import lifecycle, signed_links
from onboarding.lifecycle import Actor
from onboarding.models import Contact, Customer, Mail, PushCertificate, User
from onboarding.signed_links import Purpose
from tests.browser.person import Person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
]
Visit = Callable[..., Person]


@pytest.fixture
def told(active: PushCertificate, bob: User) -> PushCertificate:
    """A certificate that ends in a month, with a contact, a reminder and a question owed."""
    end = timezone.now() + timedelta(days=30, hours=1)
    PushCertificate.objects.update(not_before=end - timedelta(days=365), not_after=end)
    Contact.objects.create(customer=active.customer, email="mdm@acme.example", name="MDM team")
    lifecycle.remind({active.pk: 30}, now=timezone.now(), by=Actor.worker())
    lifecycle.ask([active.pk], now=timezone.now(), by=Actor.worker())
    return active


def test_who_is_told(
    visit: Visit, told: PushCertificate, ada: User, bob: User, acme: Customer, site: str
) -> None:
    person = visit(ada)
    page = person.page
    page.get_by_role("link", name="Notifications").click()
    person.picture("notifications")
    page.get_by_role("link", name="Add a contact").click()
    page.get_by_label("E-mail address").fill("mdm@acme.example")
    page.get_by_label("Language of the mails").select_option("de")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("mdm@acme.example is a contact already.")).to_be_visible()
    person.picture("contact-refused")
    page.get_by_label("E-mail address").fill("it@acme.example")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The contact is noted.")).to_be_visible()
    for switch in page.get_by_role("switch").all():
        switch.uncheck()
    page.get_by_role("button", name="Save").click()
    person.picture("notifications-nobody")
    page.get_by_role("link", name="Remove it@acme.example").click()
    person.picture("contact-remove")
    page.goto(f"{site}{reverse('portal:calendar', args=[acme.pk])}")
    person.picture("calendar")
    page.get_by_role("button", name="Make the address").click()
    expect(page.get_by_text("it is shown this once")).to_be_visible()
    person.picture("calendar-made")
    page.goto(f"{site}{reverse('portal:calendar', args=[acme.pk])}")
    person.picture("calendar-replace")
    reader = visit(bob)
    reader.page.get_by_role("link", name="Notifications").click()
    reader.picture("notifications-reader")


def test_the_question_and_links_in_mails(
    visit: Visit, told: PushCertificate, ada: User, site: str
) -> None:
    visit(ada).picture("overview-question")
    stranger = visit(None)
    page = stranger.page
    mails = {mail.kind: mail for mail in Mail.objects.filter(recipient="mdm@acme.example")}
    for purpose, kind in (
        (Purpose.STOP, "reminder"),
        (Purpose.TRANSFER, "reminder"),
        (Purpose.ANSWER, "question"),
    ):
        path = signed_links.address(purpose, mails[kind].pk).partition(":8000")[2]
        page.goto(f"{site}{path}")
        stranger.picture(purpose.name.lower())
    page.get_by_role("button", name="No, nobody can any more").click()
    expect(page.get_by_role("heading", name="When nobody can sign in any more")).to_be_visible()
    stranger.picture("answer-no")
    person = visit(ada)
    person.page.goto(f"{site}{reverse('portal:transfer', args=[told.pk])}")
    person.picture("transfer")
