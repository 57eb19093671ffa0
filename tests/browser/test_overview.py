"""The staff's first page, and what it leads to, as they are seen: both widths, light and dark."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from onboarding import lifecycle, pulses
from onboarding.lifecycle import Actor
from onboarding.models import Pulse, PushCertificate, TopicChange, User
from tests.admin.pages import page
from tests.admin.rows import a_certificate, many
from tests.browser.person import Person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
Visit = Callable[..., Person]


def at_work() -> None:
    for process in Pulse.Process:
        pulses.note(process, now=timezone.now())


def look(person: Person, address: str, what: str) -> None:
    person.page.goto(address)
    person.picture(what)


def test_before_the_first_certificate(visit: Visit, sam: User, site: str) -> None:
    at_work()
    look(visit(sam), f"{site}/admin/", "overview-first-steps")


def test_a_busy_day(
    visit: Visit, sam: User, ada: User, change: TopicChange, active: PushCertificate, site: str
) -> None:
    now = timezone.now()
    many(active.customer, ada, now)
    for number in range(30):
        a_certificate(active.customer, now + timedelta(days=number * 2 + number % 7 * 9))
    at_work()
    pulses.note(Pulse.Process.SIGNER, now=now - timedelta(hours=2))
    person = visit(sam)

    look(person, f"{site}/admin/", "overview-busy")

    bar = person.page.locator(".weeks tbody tr").nth(1)
    told = bar.get_by_role("link").first.text_content()
    bar.get_by_role("link").first.click()
    expect(person.page.locator("#result_list tbody tr")).to_have_count(int(told or 0))


def test_a_topic_is_declined(
    visit: Visit, sam: User, ada: User, change: TopicChange, site: str
) -> None:
    person = visit(sam)
    look(person, site + page(change.csr.customer), "customer-with-another-topic")
    person.page.goto(site + page(change.csr))
    person.picture("csr-with-another-topic")
    person.page.get_by_role("link", name=change.topic).click()
    person.page.get_by_role("link", name="Decline it…").click()
    person.page.get_by_label("Reason").fill("Press Renew at Apple: the devices would be lost.")
    person.picture("topic-decline")
    person.page.get_by_role("button", name="Decline the new topic").click()
    expect(person.page.get_by_text("Declined: the customer was told.")).to_be_visible()
    person.picture("topic-declined")

    customer = visit(ada)
    customer.page.goto(site + change.get_absolute_url())
    expect(customer.page.get_by_text("the devices would be lost")).to_be_visible()
    customer.picture("declined-as-seen-by-the-customer")


def test_what_a_customer_was_told(
    visit: Visit, sam: User, ada: User, active: PushCertificate, site: str
) -> None:
    end = timezone.now() + timedelta(days=30)
    PushCertificate.objects.update(not_before=end - timedelta(days=365), not_after=end)
    lifecycle.remind({active.pk: 30}, now=timezone.now(), by=Actor.worker())
    lifecycle.ask([active.pk], now=timezone.now(), by=Actor.worker())
    person = visit(sam)

    look(person, site + page(active.customer), "customer-told")
    for noun in ("reminder", "signinquestion"):
        person.page.goto(site + reverse(f"admin:onboarding_{noun}_changelist"))
        person.picture(f"{noun}s")
