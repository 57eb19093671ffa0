"""Getting in, as people see it: an invitation, a passkey, an app, sessions and colleagues."""

import re
import time
from collections.abc import Callable

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from playwright.sync_api import expect

from onboarding import invitation_link, lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import Customer, Membership, User
from tests.browser.person import Person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
]
Visit = Callable[..., Person]
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def fresh_limits(db: None) -> None:
    cache.clear()


def with_a_device(person: Person) -> None:
    """A device that makes passkeys, and whose owner says yes to everything."""
    session = person.context.new_cdp_session(person.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_from_an_invitation_to_a_passkey_and_in_again(
    visit: Visit, acme: Customer, ada: User, site: str
) -> None:
    invitation = lifecycle.invite(
        acme, email="nia@acme.example", role=Membership.Role.ADMIN, by=Actor.of(ada)
    )
    nia = visit(None)
    with_a_device(nia)
    page = nia.page

    page.goto(invitation_link.address(invitation).replace("http://127.0.0.1:8000", site))
    nia.picture("invitation")
    page.get_by_label("Your name").fill("Nia")
    page.get_by_role("button", name="Use a passkey instead of a password").click()
    nia.picture("passkey-add")
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    nia.picture("recovery-codes")
    page.goto(f"{site}/accounts/")
    nia.picture("account")
    page.get_by_role("link", name="See passkeys").click()
    nia.picture("passkeys")
    page.locator("summary", has_text="Nia").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{site}/accounts/login/")
    nia.picture("sign-in")
    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_role("heading", name="Acme", level=1)).to_be_visible()


def test_an_app_and_its_code(visit: Visit, ada: User, site: str) -> None:
    person = visit(None)
    page = person.page
    page.goto(f"{site}/accounts/login/")
    page.get_by_label("E-mail address").fill(ada.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()

    page.goto(f"{site}/accounts/app/add/")
    person.picture("again")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    person.picture("app-add")
    (secret,) = re.findall(r"<code>([A-Z2-7]{32})</code>", page.content())
    page.get_by_label("Code").fill(code(secret))
    page.get_by_role("button", name="Set up the app").click()
    page.goto(f"{site}/accounts/sessions/")
    person.picture("sessions")

    other = visit(None)
    other.page.goto(f"{site}/accounts/login/")
    other.page.get_by_label("E-mail address").fill(ada.email)
    other.page.get_by_label("Password", exact=True).fill(PASSWORD)
    other.page.get_by_role("button", name="Sign in", exact=True).click()
    other.picture("code")
    other.page.get_by_label("Code").fill(code(secret, ahead=1))
    other.page.get_by_role("button", name="Sign in", exact=True).click()
    expect(other.page.get_by_role("heading", name="Acme", level=1)).to_be_visible()


def code(secret: str, *, ahead: int = 0) -> str:
    """What an app shows, now or some periods later."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead)))


def test_people_of_a_customer(
    visit: Visit, acme: Customer, ada: User, bob: User, site: str
) -> None:
    person = visit(ada)
    page = person.page
    page.get_by_role("link", name="People").click()
    page.get_by_label("E-mail address").fill(bob.email)
    page.get_by_role("button", name="Send the invitation").click()
    person.picture("people-refused")
    page.get_by_label("E-mail address").fill("nia@acme.example")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("A link for nia@acme.example is on its way")).to_be_visible()
    person.picture("people")
    page.get_by_role("link", name=re.compile("Remove.*Bob")).click()
    person.picture("people-remove")
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Bob does not belong to Acme any more.")).to_be_visible()
