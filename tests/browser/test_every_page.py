"""Every page of the customer's side, by the URL configuration: a new one is looked at, too.

In English with axe, light and dark; in German, where words are longer, at both widths.
"""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.urls import get_resolver, reverse
from django.utils import timezone

from onboarding import invitation_link, lifecycle, signed_links
from onboarding.lifecycle import Actor
from onboarding.models import Contact, Customer, Invitation, Mail, Membership, PushCertificate, User
from onboarding.signed_links import Purpose
from tests.browser.person import Person
from tests.browser.test_accounts import PASSWORD, with_a_device
from tests.portal.test_doors import PORTAL, addresses, keys

__all__ = ["keys"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
Visit = Callable[..., Person]
Paths = dict[str, str]

FILE, PIECE, LEADS_ON, POSTED = "a file", "a piece of a page", "leads on", "takes what is posted"
NO_PAGE = {
    "healthz": FILE,
    "mfa_download_recovery_codes": FILE,
    "mfa_login_webauthn": FILE,
    "openid_connect_callback": LEADS_ON,
    "openid_connect_login": LEADS_ON,
    "portal:calendar_file": FILE,
    "portal:certificate_file": FILE,
    "portal:certificate_upload": POSTED,
    "portal:csr_file": FILE,
    "portal:csr_progress": PIECE,
    "portal:export_file": FILE,
    "portal:export_progress": PIECE,
    "portal:installed": POSTED,
    "portal:invitation_link": LEADS_ON,
    "portal:invitation_resend": POSTED,
    "portal:invitation_withdraw": POSTED,
    "portal:renew": LEADS_ON,
    "portal:signed_request": FILE,
    "portal:switch_language": POSTED,
    "session_end": POSTED,
}
STRANGERS = [
    "account_login",
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "portal:answer",
    "portal:guide",
    "portal:stop",
]
# In this order: what comes later needs the passkey, or the app.
WAYS_IN = [
    "account_index",
    "mfa_index",
    "account_reauthenticate",
    "account_change_password",
    "account_logout",
    "mfa_activate_totp",
    "usersessions_list",
]
WITH_A_PASSKEY = [
    "mfa_list_webauthn",
    "mfa_edit_webauthn",
    "mfa_remove_webauthn",
    "mfa_reauthenticate_webauthn",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
]
WITH_AN_APP = ["mfa_deactivate_totp", "mfa_reauthenticate"]
# Each of a person in a state of its own.
ALONE = ["portal:invitation", "mfa_add_webauthn", "mfa_authenticate", "account_set_password"]
CUSTOMERS = [
    *(f"portal:{name}" for name in PORTAL if f"portal:{name}" not in NO_PAGE),
    "portal:home",
    "portal:preferences",
]


@pytest.fixture(autouse=True)
def fresh_limits(db: None) -> None:
    cache.clear()


@pytest.fixture
def paths(
    keys: dict[str, UUID | int],
    active: PushCertificate,
    acme: Customer,
    ada: User,
    eve: User,
    globex: Customer,
) -> Paths:
    """The address of each page, in the midst of a customer's life."""
    # With one customer alone the list of all would only lead on.
    Membership.objects.create(user=ada, customer=globex, role=Membership.Role.READER)
    # The last admin would not be asked whether she leaves, or becomes a reader.
    Membership.objects.create(user=eve, customer=acme, role=Membership.Role.ADMIN)
    contact = Contact.objects.create(customer=acme, email="mdm@acme.example", name="MDM team")
    end = timezone.now() + timedelta(days=30, hours=1)
    PushCertificate.objects.update(not_before=end - timedelta(days=365), not_after=end)
    lifecycle.remind({active.pk: 30}, now=timezone.now(), by=Actor.worker())
    lifecycle.ask([active.pk], now=timezone.now(), by=Actor.worker())
    mails = {mail.kind: mail.pk for mail in Mail.objects.filter(recipient=contact.email)}
    found = {
        f"portal:{name}": reverse(f"portal:{name}", args=[keys[row.of]])
        for name, row in PORTAL.items()
    }
    found["portal:contact_remove"] += f"?contact={contact.pk}"
    found["portal:key_delete"] = reverse("portal:key_delete", args=[active.csr_id])
    for name, purpose, kind in (
        ("answer", Purpose.ANSWER, "question"),
        ("guide", Purpose.TRANSFER, "reminder"),
        ("stop", Purpose.STOP, "reminder"),
    ):
        found[f"portal:{name}"] = signed_links.address(purpose, mails[kind]).partition(":8000")[2]
    reset = [user_pk_to_url_str(ada), default_token_generator.make_token(ada)]
    found["account_reset_password_from_key"] = reverse(
        "account_reset_password_from_key", args=reset
    )
    return found


def test_each_address_is_looked_at_or_has_no_page() -> None:
    looked_at = [*STRANGERS, *WAYS_IN, *WITH_A_PASSKEY, *WITH_AN_APP, *ALONE, *CUSTOMERS]

    assert sorted([*looked_at, *NO_PAGE]) == sorted(set(addresses(get_resolver().url_patterns)))


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_page(
    language: str, visit: Visit, site: str, paths: Paths, acme: Customer, ada: User, bob: User
) -> None:
    User.objects.update(language=language)
    how = {"locale": {"en": "en-GB", "de": "de-DE"}[language]}

    def look(person: Person, name: str) -> None:
        file = f"{language}-{name.replace(':', '-')}"
        if language == "en":
            person.picture(file)
        else:
            person.glance(file)

    def see(person: Person, *names: str) -> None:
        for name in names:
            path = paths.get(name) or reverse(name)
            answer = person.page.goto(f"{site}{path}")
            assert answer is not None
            assert answer.ok, name
            assert name == "account_reset_password_from_key" or path in person.page.url, name
            look(person, name)

    stranger = visit(None, **how)
    see(stranger, *STRANGERS)
    invitation = Invitation.objects.get(email="new@acme.example")
    link = invitation_link.address(invitation).partition(":8000")[2]
    stranger.page.goto(f"{site}{link}")
    look(stranger, "portal:invitation")
    stranger.page.goto(f"{site}/nowhere")
    look(stranger, "nowhere")

    person = visit(None, **how)
    with_a_device(person)
    sign_in(person, site, ada)
    prove(person, site)
    see(person, *WAYS_IN)
    see(person, "mfa_add_webauthn")
    person.page.locator("main form button[type=submit], main form button").first.click()
    person.page.wait_for_url("**/recovery-codes/**")
    passkey = Authenticator.objects.get(user=ada, type=Authenticator.Type.WEBAUTHN)
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        paths[name] = reverse(name, args=[passkey.pk])
    see(person, *WITH_A_PASSKEY)
    TOTP.activate(ada, generate_totp_secret())
    see(person, *WITH_AN_APP)
    see(person, *CUSTOMERS)

    half_way = visit(None, **how)
    sign_in(half_way, site, ada)
    look(half_way, "mfa_authenticate")

    bob.set_unusable_password()
    bob.save()
    see(visit(bob, **how), "account_set_password")


def sign_in(person: Person, site: str, user: User) -> None:
    """By the page, whatever its language."""
    person.page.goto(f"{site}/accounts/login/")
    person.page.locator("[name=login]").fill(user.email)
    person.page.locator("[name=password]").fill(PASSWORD)
    person.page.locator("[name=password]").press("Enter")
    person.page.wait_for_url(lambda address: "/login/" not in address)


def prove(person: Person, site: str) -> None:
    """Give the password once more, which changes to the ways in ask for."""
    person.page.goto(f"{site}/accounts/reauthenticate/")
    person.page.locator("[name=password]").fill(PASSWORD)
    person.page.locator("[name=password]").press("Enter")
    person.page.wait_for_url(lambda address: "/reauthenticate/" not in address)
