"""What staff agree to beforehand, or as an exception: standing approvals and another topic."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django import Settings

from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, Event, PushCertificate, TopicChange, User
from tests.admin.pages import page
from tests.browser.person import Person
from tests.conftest import renewal

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
Visit = Callable[..., Person]
USES = "/admin/onboarding/standinguse/"


def approving(site: str, customer: Customer) -> str:
    address = reverse("admin:onboarding_standingapproval_of_customer", args=[customer.pk])
    return f"{site}{address}"


def give(desk: Page, *, monthly_limit: int) -> None:
    last_day = (timezone.now() + timedelta(days=90)).date()
    desk.get_by_label("Last day").fill(last_day.isoformat())
    desk.get_by_label("Renewals in a month at most").fill(str(monthly_limit))
    desk.get_by_role("button", name="Give it").click()


def test_a_standing_approval_from_its_gift_to_its_limit(
    visit: Visit, site: str, active: PushCertificate, ada: User, sam: User, sue: User
) -> None:
    desk = (person := visit(sam)).page
    desk.goto(approving(site, active.customer))
    person.picture("standing-none")
    give(desk, monthly_limit=1)
    expect(desk.get_by_text("In force", exact=True)).to_be_visible()
    person.picture("standing-given")

    first = renewal(active, by=ada)
    assert first.state == CSR.State.APPROVED
    desk.goto(f"{site}{page(first)}")
    expect(desk.get_by_text("Approved by the portal under the standing approval")).to_be_visible()
    person.picture("standing-used")
    desk.get_by_role("link", name="nobody looked at it yet").click()
    person.picture("standing-uses")
    desk.goto(f"{site}/admin/")
    desk.get_by_role("link", name=f"Acme · {str(first.pk)[:8]}").click()
    desk.get_by_role("button", name="I have looked at it").click()
    expect(desk.get_by_text(f"{first}: looked at.")).to_be_visible()
    assert Event.objects.filter(verb="review_standing_use", csr=first, actor=sam).exists()

    lifecycle.withdraw(first, by=Actor.of(ada))
    second = renewal(active, by=ada)
    assert second.state == CSR.State.SUBMITTED
    desk.goto(f"{site}{page(second)}")
    expect(desk.get_by_text("Its limit is reached: 1 in")).to_be_visible()
    person.picture("standing-limit")

    desk.goto(approving(site, active.customer))
    expect(desk.get_by_text("1 of 1 used")).to_be_visible()
    desk.get_by_role("button", name="End it now").click()
    expect(desk.get_by_text("The standing approval is over.")).to_be_visible()
    person.picture("standing-ended")


def test_a_standing_approval_that_two_people_agree_to(
    visit: Visit, site: str, active: PushCertificate, sam: User, sue: User, settings: Settings
) -> None:
    settings.APPROVALS_REQUIRED = 2
    first = (person := visit(sam)).page
    first.goto(approving(site, active.customer))
    give(first, monthly_limit=3)
    expect(first.get_by_text("Others have to agree before")).to_be_visible()
    expect(first.get_by_role("button", name="Agree to it")).to_have_count(0)
    person.picture("standing-one-of-two")

    second = visit(sue).page
    second.goto(approving(site, active.customer))
    second.get_by_role("button", name="Agree to it").click()

    expect(second.get_by_text("In force", exact=True)).to_be_visible()


def test_a_smaller_number_of_approvals_takes_two_people(
    visit: Visit, site: str, submitted: CSR, sam: User, sue: User
) -> None:
    customer = submitted.customer
    Customer.objects.filter(pk=customer.pk).update(approvals_required=2)
    first = (person := visit(sam)).page
    first.goto(approving(site, customer))
    first.get_by_label("People for this customer").fill("1")
    first.get_by_role("button", name="Set", exact=True).click()
    noted = "Once another operator or a superuser sets 1, too, it counts"
    expect(first.get_by_text(noted)).to_be_visible()
    expect(first.get_by_role("button", name="Confirm 1")).to_have_count(0)
    person.picture("fewer-asked")
    first.goto(f"{site}{page(submitted)}")
    person.picture("fewer-csr")
    first.get_by_role("link", name="Approve…", exact=True).click()
    expect(first.get_by_text("nothing is signed before somebody else")).to_be_visible()
    person.picture("fewer-approve")

    second = (other := visit(sue)).page
    second.goto(f"{site}/admin/")
    other.picture("fewer-desk")
    second.get_by_role("link", name="Acme", exact=True).click()
    other.picture("fewer-customer")
    second.get_by_role("button", name="Confirm 1").click()

    expect(second.get_by_text("From now on, CSRs of Acme need 1.")).to_be_visible()


def test_another_topic_takes_a_reason_and_two_people(
    visit: Visit, site: str, change: TopicChange, sam: User, sue: User, settings: Settings
) -> None:
    settings.APPROVALS_REQUIRED = 2
    first = (person := visit(sam)).page
    first.goto(f"{site}{page(change)}")
    person.picture("topic")
    first.get_by_role("link", name="Allow this topic…").click()
    first.get_by_role("button", name="Allow the new topic").click()
    assert first.get_by_label("Reason").evaluate("box => box.matches(':invalid')")
    first.get_by_label("Reason").fill("   ")
    first.get_by_role("button", name="Allow the new topic").click()
    expect(first.get_by_text("Give a reason")).to_be_visible()
    person.picture("topic-without-reason")
    first.get_by_label("Reason").fill("Confirmed by phone with Ada.")
    first.get_by_role("button", name="Allow the new topic").click()
    expect(first.get_by_text("Your yes is noted; somebody else")).to_be_visible()
    assert TopicChange.objects.get().allowed_at is None
    person.picture("topic-one-of-two")

    second = (other := visit(sue)).page
    second.goto(f"{site}{page(change)}")
    second.get_by_role("link", name="Allow this topic…").click()
    other.picture("topic-second")
    second.get_by_label("Reason").fill("The devices are wiped in any case.")
    second.get_by_role("button", name="Allow the new topic").click()

    expect(second.get_by_text("the customer was told")).to_be_visible()
    assert TopicChange.objects.get().allowed_at is not None
