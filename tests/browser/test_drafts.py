"""What is typed and not sent yet: it outlives another language and a session that ended."""

import re
from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import Page, expect

from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, Membership, User
from tests.browser.person import Person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
Visit = Callable[..., Person]
PASSWORD = "correct horse battery"
KEPT = "JSON.stringify({...sessionStorage})"
ANSWER = "It is for the tablets of the museum.\nThe server is ours."


@pytest.fixture(autouse=True)
def fresh_limits(db: None) -> None:
    cache.clear()


@pytest.fixture
def asked(submitted: CSR, sam: User) -> CSR:
    lifecycle.ask_customer(submitted, question="Which server is it for?", by=Actor.of(sam))
    return submitted


@pytest.fixture
def answering(visit: Visit, asked: CSR, ada: User, site: str) -> Page:
    """Ada on the CSR's page, who has typed an answer."""
    page = visit(ada).page
    page.goto(site + asked.get_absolute_url())
    page.get_by_label("Your answer").fill(ANSWER)
    return page


def sign_in(page: Page, user: User) -> None:
    user.set_password(PASSWORD)
    user.save()
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_another_language_keeps_what_is_typed(answering: Page) -> None:
    answering.get_by_role("button", name="Deutsch").click()

    expect(answering.get_by_label("Ihre Antwort")).to_have_value(ANSWER)


def test_a_session_that_ended_keeps_what_was_sent_in_vain(answering: Page, ada: User) -> None:
    Session.objects.all().delete()
    answering.get_by_role("button", name="Send the answer").click()
    expect(answering.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(answering.get_by_text("What you typed there is kept in this tab.")).to_be_visible()

    sign_in(answering, ada)

    expect(answering.get_by_role("heading", name="Answer a question")).to_be_visible()
    expect(answering.get_by_label("Your answer")).to_have_value(ANSWER)


def test_choices_are_kept_with_what_is_typed(
    visit: Visit, acme: Customer, ada: User, site: str
) -> None:
    page = visit(ada).page
    page.goto(site + reverse("portal:people", args=[acme.pk]))
    page.get_by_label("E-mail address").fill("new@acme.example")
    page.get_by_label("Admin").check()
    page.get_by_label("Language of the invitation").select_option("de")
    Session.objects.all().delete()
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    sign_in(page, ada)

    expect(page.get_by_label("E-mail address")).to_have_value("new@acme.example")
    expect(page.get_by_label("Admin")).to_be_checked()
    expect(page.get_by_label("Language of the invitation")).to_have_value("de")


def test_who_signs_in_next_is_not_shown_it(
    answering: Page, acme: Customer, bob: User, asked: CSR, site: str
) -> None:
    Membership.objects.filter(user=bob, customer=acme).update(role=Membership.Role.ADMIN)
    Session.objects.all().delete()
    answering.reload()

    sign_in(answering, bob)

    expect(answering.get_by_label("Your answer")).to_have_value("")


def test_a_new_question_comes_onto_the_open_page_and_wipes_nothing(
    answering: Page, asked: CSR, sam: User
) -> None:
    lifecycle.ask_customer(asked, question="And how many devices?", by=Actor.of(sam))

    expect(answering.get_by_text("And how many devices?")).to_be_visible(timeout=30_000)
    expect(answering.get_by_label("Your answer").first).to_have_value(ANSWER)


def test_what_is_typed_when_the_csr_is_decided_is_still_to_be_copied(
    answering: Page, asked: CSR, sam: User
) -> None:
    lifecycle.reject(asked, reason="Not this year.", by=Actor.of(sam))

    expect(answering.get_by_text("Not this year.")).to_be_visible(timeout=30_000)
    kept = answering.get_by_label("You had typed this, and it was not sent.")
    expect(kept).to_have_value(ANSWER)
    expect(kept).not_to_be_editable()


def test_who_typed_nothing_is_told_of_nothing_unsent(
    visit: Visit, asked: CSR, ada: User, sam: User, site: str
) -> None:
    lifecycle.reject(asked, reason="Not this year.", by=Actor.of(sam))
    page = visit(ada).page
    page.goto(site + asked.get_absolute_url())

    expect(page.get_by_text("It was not answered.")).to_be_visible()
    expect(page.get_by_label("You had typed this, and it was not sent.")).to_be_hidden()


def test_a_reason_is_there_again_when_its_writer_has_signed_in_anew(
    visit: Visit, submitted: CSR, sam: User, site: str
) -> None:
    page = visit(sam).page
    page.goto(f"{site}{reverse('admin:onboarding_csr_decide', args=['reject'])}?csr={submitted.pk}")
    page.get_by_label("Reason").fill("Wrong company.")
    Session.objects.all().delete()
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    sign_in(page, sam)

    expect(page.get_by_role("heading", name="Reject 1 CSR")).to_be_visible()
    expect(page.get_by_label("Reason")).to_have_value("Wrong company.")


def test_signing_out_forgets_it(answering: Page, ada: User, asked: CSR, site: str) -> None:
    answering.locator("summary", has_text=ada.name).click()
    answering.get_by_role("button", name="Sign out").click()
    expect(answering.get_by_role("heading", name="Sign in")).to_be_visible()

    sign_in(answering, ada)
    answering.goto(site + asked.get_absolute_url())

    expect(answering.get_by_label("Your answer")).to_have_value("")


def test_signing_out_of_the_staffs_pages_forgets_it(
    visit: Visit, submitted: CSR, sam: User, site: str
) -> None:
    page = visit(sam).page
    page.goto(f"{site}{reverse('admin:onboarding_csr_decide', args=['reject'])}?csr={submitted.pk}")
    page.get_by_label("Reason").fill("Wrong company.")
    assert "Wrong company." in page.evaluate(KEPT)

    page.get_by_text(sam.email, exact=True).click()
    page.get_by_role("button", name="Log out").click()

    expect(page).not_to_have_url(re.compile("/decide/"))
    assert "Wrong company." not in page.evaluate(KEPT)


def test_what_arrived_is_typed_no_more_and_what_was_refused_is(
    visit: Visit, acme: Customer, ada: User, bob: User, site: str
) -> None:
    page = visit(ada).page
    page.goto(site + reverse("portal:people", args=[acme.pk]))
    field = page.get_by_label("E-mail address")
    field.fill(bob.email)
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text(f"{bob.email} belongs to Acme already.")).to_be_visible()
    page.get_by_role("button", name="Deutsch").click()
    page.get_by_role("button", name="English").click()
    expect(field).to_have_value(bob.email)

    field.fill("nia@acme.example")
    page.get_by_role("button", name="Send the invitation").click()

    expect(page.get_by_text("A link for nia@acme.example is on its way by mail.")).to_be_visible()
    expect(field).to_have_value("")


def test_what_the_page_says_meanwhile_goes_before_what_was_typed(
    visit: Visit, acme: Customer, ada: User, site: str
) -> None:
    page = visit(ada).page
    page.goto(site + reverse("portal:apple_account", args=[acme.pk]))
    field = page.get_by_label("Apple Account")
    field.fill("half@")
    page.reload()
    expect(field).to_have_value("half@")

    Customer.objects.filter(pk=acme.pk).update(apple_account="mdm@acme.example")
    page.get_by_role("button", name="Deutsch").click()

    expect(field).to_have_value("mdm@acme.example")


def test_a_password_is_never_kept(visit: Visit, ada: User, site: str) -> None:
    page = visit(ada).page
    page.goto(site + reverse("account_set_password"))
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)

    assert PASSWORD not in page.evaluate(KEPT)
