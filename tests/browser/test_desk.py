"""Deciding, as approvers do it: by clicks, with the customer at the other end."""

import re
import string
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth.models import Group
from playwright.sync_api import Page, Route, expect
from pytest_django import Settings

from onboarding import lifecycle, roles
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Approval, Customer, Phrase, Question, User
from tests.admin.conftest import member
from tests.admin.pages import CSRS, page
from tests.browser.person import PATIENCE_MS, Person
from tests.signing.vendor import csr_der

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
Visit = Callable[..., Person]
PHRASE = "The organisation in the subject is not yours. Make a CSR in your own name."


@pytest.fixture
def three_waiting(acme: Customer, ada: User, push_keys: list[rsa.RSAPrivateKey]) -> list[CSR]:
    """Uploaded by Ada, one after the other."""
    return [
        lifecycle.submit_upload(acme, der=csr_der(key), upload="", by=Actor.of(ada))
        for key in push_keys
    ]


def at(person: Person, site: str, csr: CSR) -> Page:
    """This person, at the staff's page of a CSR."""
    person.page.goto(f"{site}{page(csr)}")
    return person.page


def state(csr: CSR) -> str:
    return CSR.objects.get(pk=csr.pk).state


def approve(desk: Page) -> None:
    desk.get_by_role("link", name="Approve…", exact=True).click()
    desk.get_by_role("button", name="Approve", exact=True).click()


def test_approving(visit: Visit, site: str, submitted: CSR, sam: User) -> None:
    desk = (person := visit(sam)).page
    desk.goto(f"{site}{CSRS}")
    person.picture("waiting")
    desk.get_by_role("link", name=f"Acme · {str(submitted.pk)[:8]}").click()
    expect(desk.get_by_role("heading", name="Claimed and known")).to_be_visible()
    person.picture("csr")
    desk.get_by_role("link", name="Approve…", exact=True).click()
    person.picture("approve")
    assert state(submitted) == CSR.State.SUBMITTED

    desk.get_by_role("button", name="Approve", exact=True).click()

    expect(desk.get_by_text(f"{submitted}: approved.")).to_be_visible()
    person.picture("approved")
    assert state(submitted) == CSR.State.APPROVED


def test_rejecting_with_a_kept_phrase(
    visit: Visit, site: str, submitted: CSR, sam: User, ada: User
) -> None:
    Phrase.objects.create(title="Other organisation", text=PHRASE)
    Phrase.objects.create(title="No answer", text="Nobody answered our question.")
    desk = at(person := visit(sam), site, submitted)

    desk.get_by_role("link", name="Reject…", exact=True).click()
    desk.get_by_label("Reason").fill("Dear Ada,")
    desk.get_by_role("button", name="+ Other organisation").click()
    expect(desk.get_by_label("Reason")).to_have_value(f"Dear Ada,\n\n{PHRASE}")
    person.picture("reject")
    desk.get_by_role("button", name="Reject", exact=True).click()

    expect(desk.get_by_text(f"{submitted}: rejected.")).to_be_visible()
    person.picture("rejected")
    customer = visit(ada).page
    customer.goto(f"{site}{submitted.get_absolute_url()}")
    expect(customer.get_by_text(PHRASE)).to_be_visible()


def test_asking_the_customer_who_answers_in_the_portal(
    visit: Visit, site: str, submitted: CSR, sam: User, ada: User
) -> None:
    desk = at(staff := visit(sam), site, submitted)
    desk.get_by_role("link", name="Ask the customer…").click()
    desk.get_by_label("Question").fill("Is this for the devices in Lyon?")
    staff.picture("ask")
    desk.get_by_role("button", name="Ask the customer", exact=True).click()
    expect(desk.get_by_text("Not answered yet.")).to_be_visible()
    staff.picture("asked")

    customer = (person := visit(ada)).page
    customer.goto(f"{site}{submitted.get_absolute_url()}")
    expect(customer.get_by_text("Is this for the devices in Lyon?")).to_be_visible()
    person.picture("question")
    customer.get_by_label("Your answer").fill("Yes, forty iPads that move there in May.")
    customer.get_by_role("button", name="Send the answer").click()
    expect(customer.get_by_text("Ada answered:")).to_be_visible()
    person.picture("answered")

    desk.reload()
    expect(desk.get_by_text("Yes, forty iPads that move there in May.")).to_be_visible()
    staff.picture("answer")
    approve(desk)
    expect(desk.get_by_text(f"{submitted}: approved.")).to_be_visible()


def test_no_style_is_written_anew_when_something_comes_onto_an_open_page(
    visit: Visit, site: str, submitted: CSR, sam: User, ada: User
) -> None:
    lifecycle.ask_customer(submitted, question="For Lyon?", by=Actor.of(sam))
    page = visit(ada).page
    page.goto(f"{site}{submitted.get_absolute_url()}")
    # As a browser or an extension of it may do.
    page.locator("#csr [id]").evaluate_all("all => all.forEach(one => one.style.color = 'red')")

    lifecycle.ask_customer(submitted, question="And for whom?", by=Actor.of(sam))

    # The policy forbids it, and a complaint ends the test.
    expect(page.get_by_text("And for whom?")).to_be_visible(timeout=PATIENCE_MS)
    page.wait_for_timeout(500)


def test_asking_about_a_selection_keeps_what_was_typed(
    visit: Visit, site: str, three_waiting: list[CSR], sam: User
) -> None:
    Phrase.objects.create(title="Which site", text="For which site is it?")
    desk = (person := visit(sam)).page
    desk.goto(f"{site}{CSRS}")
    for box in desk.locator("input[name=_selected_action]").all():
        box.check()
    desk.locator("select[name=action]").select_option(label="Ask the customer…")
    desk.get_by_role("button", name="Run").click()
    desk.get_by_label("Question").fill("Dear Ada,")
    desk.get_by_role("button", name="+ Which site").click()
    person.picture("ask-selection")
    lifecycle.reject(three_waiting[0], reason="No.", by=Actor.of(sam))
    desk.get_by_role("button", name="Ask the customer", exact=True).dblclick()

    expect(desk.get_by_text("1 of 3 was refused; below is why.")).to_be_visible()
    expect(desk.get_by_text("For which site is it?")).to_be_visible()
    expect(desk.get_by_role("link", name="Back to the CSR")).to_be_visible()
    person.picture("ask-selection-refused")
    assert Question.objects.count() == 2


def test_two_people_approve_and_neither_asked(
    visit: Visit, site: str, submitted: CSR, sam: User, sue: User, settings: Settings
) -> None:
    settings.APPROVALS_REQUIRED = 2
    first = at(here := visit(sam), site, submitted)
    approve(first)
    expect(first.get_by_text("1 of 2 approvals: Sam")).to_be_visible()
    expect(first.get_by_text("You approved it already; someone else has to, too.")).to_be_visible()
    expect(first.get_by_role("link", name="Approve…", exact=True)).to_have_count(0)
    here.picture("first-approval")

    first.get_by_role("link", name="Take my approval back…").click()
    here.picture("take-back")
    first.get_by_role("button", name="Take my approval back").click()
    expect(first.get_by_text("0 of 2 approvals")).to_be_visible()
    assert not Approval.objects.exists()
    approve(first)

    second = at(there := visit(sue), site, submitted)
    expect(second.get_by_text("1 of 2 approvals: Sam")).to_be_visible()
    second.get_by_role("link", name="Approve…", exact=True).click()
    expect(second.get_by_text("Approval 2 of 2, then it is signed.")).to_be_visible()
    there.picture("second-approval")
    second.get_by_role("button", name="Approve", exact=True).click()

    expect(second.get_by_text(f"{submitted}: approved.")).to_be_visible()
    assert state(submitted) == CSR.State.APPROVED


def test_who_asked_is_offered_no_approval(
    visit: Visit, site: str, acme: Customer, sue: User, settings: Settings
) -> None:
    settings.APPROVALS_REQUIRED = 2
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    own = lifecycle.submit_upload(acme, der=csr_der(key), upload="", by=Actor.of(sue))

    desk = at(person := visit(sue), site, own)

    expect(
        desk.get_by_text("You asked for it yourself, so others have to approve.")
    ).to_be_visible()
    expect(desk.get_by_role("link", name="Reject…", exact=True)).to_be_visible()
    expect(desk.get_by_role("link", name="Approve…", exact=True)).to_have_count(0)
    person.picture("own-csr")


def test_one_person_with_a_second_account_is_offered_no_approval(
    visit: Visit, site: str, submitted: CSR, sam: User, groups: dict[str, Group], settings: Settings
) -> None:
    settings.APPROVALS_REQUIRED = 2
    again = User.objects.create_user("sam+2@vendor.example", "pw", name="Sam", is_staff=True)
    lifecycle.approve(submitted, by=Actor.of(sam))

    desk = at(visit(member(again, groups[roles.APPROVER])), site, submitted)

    expect(desk.get_by_text("as sam@vendor.example: one person counts once.")).to_be_visible()
    expect(desk.get_by_role("link", name="Approve…", exact=True)).to_have_count(0)


def test_a_selection_is_summed_up_and_approved(
    visit: Visit, site: str, three_waiting: list[CSR], sam: User
) -> None:
    desk = (person := visit(sam)).page
    desk.goto(f"{site}{CSRS}")
    for csr in three_waiting[:2]:
        desk.locator(f"input[name=_selected_action][value='{csr.pk}']").check()
    person.picture("selected")
    desk.locator("select[name=action]").select_option(label="Approve…")
    desk.get_by_role("button", name="Run").click()
    expect(desk.get_by_text("Of 2: 2 will be approved.")).to_be_visible()
    person.picture("selection")
    assert {state(csr) for csr in three_waiting} == {CSR.State.SUBMITTED}

    desk.get_by_role("button", name="Approve", exact=True).click()

    expect(desk.get_by_text(f"{three_waiting[1]}: approved.")).to_be_visible()
    states = [state(csr) for csr in three_waiting]
    assert states == [CSR.State.APPROVED, CSR.State.APPROVED, CSR.State.SUBMITTED]


def test_j_and_k_move(visit: Visit, site: str, three_waiting: list[CSR], sam: User) -> None:
    desk = visit(sam).page
    first, second, _ = (f"{site}{page(csr)}" for csr in three_waiting)
    desk.goto(f"{site}{CSRS}")

    for key in ("j", "j", "k", "j", "Enter"):
        desk.keyboard.press(key)
    desk.wait_for_url(second)
    desk.keyboard.press("k")

    desk.wait_for_url(first)
    desk.keyboard.press("j")
    desk.wait_for_url(second)


def test_no_key_decides_anything(
    visit: Visit, site: str, three_waiting: list[CSR], sam: User
) -> None:
    desk = visit(sam).page
    one = three_waiting[1]
    confirming = f"{site}/admin/onboarding/csr/decide/approve/?csr={one.pk}"
    # That j and k move and no more is a test of its own.
    letters = set(string.ascii_letters) - {"j", "k"}
    keys = [*sorted(letters), *string.digits, "Enter", "Space", "Delete", "Escape", "F2"]

    for address in (f"{site}{CSRS}", f"{site}{page(one)}", confirming):
        desk.goto(address)
        for key in keys:
            desk.evaluate("document.activeElement.blur()")
            desk.keyboard.press(key)

    assert {state(csr) for csr in three_waiting} == {CSR.State.SUBMITTED}
    assert not Approval.objects.exists()


def test_a_double_click_decides_once(visit: Visit, site: str, submitted: CSR, sam: User) -> None:
    desk = at(visit(sam), site, submitted)
    sent: list[str] = []

    def slowly(route: Route) -> None:
        sent.append(route.request.method)
        desk.wait_for_timeout(500)
        route.continue_()

    desk.get_by_role("link", name="Approve…", exact=True).click()
    approve = desk.get_by_role("button", name="Approve", exact=True)
    expect(approve).to_be_visible()
    desk.route(re.compile("/approve/"), slowly)
    approve.evaluate("button => { button.click(); setTimeout(() => button.click(), 200); }")

    expect(desk.get_by_text(f"{submitted}: approved.")).to_be_visible()
    assert sent.count("POST") == 1


def test_the_first_tab_leads_past_the_menu(visit: Visit, sam: User, site: str) -> None:
    page = visit(sam).page
    page.goto(f"{site}/admin/")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")

    expect(page.locator("#content")).to_be_focused()
