"""Every page of the staff's site as it is seen; one that is new and has no picture here fails."""

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone

from onboarding.models import (
    CSR,
    AppleCertificate,
    AuditHead,
    AuditVerification,
    Customer,
    Event,
    Mail,
    SignInService,
    StoreVerification,
    User,
)
from onboarding.roles import APPROVER
from tests.admin.test_roles import (
    FOR_SUPERUSERS,
    NOBODY,
    NOUNS,
    Ground,
    addresses,
    ground,
    noun_pages,
)
from tests.browser.person import Person

__all__ = ["ground"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
Visit = Callable[..., Person]

# Addresses of ours beside each noun's own pages -> whose row they take.
OURS: Mapping[str, str] = {
    "onboarding_alarm_close": "alarm",
    "onboarding_customer_close": "customer",
    "onboarding_customer_reopen": "closed",
    "onboarding_customer_invite": "customer",
    "onboarding_campaign_edit": "campaign",
    "onboarding_pushcertificate_remind": "pushcertificate",
    "onboarding_pushcertificate_revoke": "pushcertificate",
    "onboarding_standingapproval_of_customer": "customer",
    "onboarding_topicchange_allow": "topicchange",
    "onboarding_topicchange_decline": "topicchange",
    "onboarding_topicchange_take_back": "topicchange",
    "onboarding_csr_delete_key": "csr",
    "onboarding_user_reset": "user",
}
# What has no picture of its own, and why.
NONE: Mapping[str, str] = {
    "login": "leads to the portal's own page",
    "logout": "leads on",
    "jsi18n": "a script",
    "autocomplete": "data",
    "search": "a piece that goes into the sidebar",
    "toggle_sidebar": "remembers a choice",
    "view_on_site": "leads on",
    "app_list": "Django's own index of the models; no page leads there",
    "password_change": "leads to the portal's own page",
    "password_change_done": "leads to the portal's own page",
    "auth_user_password_change": "of Django's for a superuser, who has the portal's own page",
    "onboarding_attachment_file": "a download",
    "onboarding_campaign_drop": "leads back to the list",
    "onboarding_campaign_start": "leads back to the campaign",
    "onboarding_standinguse_look": "leads on to the CSR",
    "onboarding_campaign_stop": "leads back to the campaign",
    "onboarding_report_customers_csv": "a download",
    "onboarding_report_months_csv": "a download",
    "onboarding_customer_attach": "leads back to the customer",
    "onboarding_customer_note": "leads back to the customer",
    "onboarding_customerimport_carry": "leads back to the import",
    "onboarding_customerimport_stop": "leads back to the import",
    "onboarding_customerimport_report": "a download",
    "onboarding_csr_file": "a download",
    "onboarding_csr_decide": "its pictures are in test_desk",
    "onboarding_event_export": "a download",
    "onboarding_invitation_resend": "leads back to the invitation",
    "onboarding_invitation_withdraw": "leads back to the invitation",
}
# What takes no row.
ALONE = ("index", *(f"onboarding_report_{name}" for name in ("index", "customers", "months")))
# Of the pages that Django makes for each noun, those that nobody can open.
ADDED = {noun for noun, (add, _, _) in NOUNS.items() if add != NOBODY} | FOR_SUPERUSERS
CHANGED = {noun for noun, (_, change, _) in NOUNS.items() if change != NOBODY} | FOR_SUPERUSERS
DELETED = {noun for noun, (_, _, delete) in NOUNS.items() if delete != NOBODY} | {"group"}
EVERY = sorted(NOUNS.keys() | FOR_SUPERUSERS)
EMPTY = ("alarm", "csr", "customer", "pushcertificate", "standinguse")


def of_noun(name: str) -> bool:
    """Whether this is a page of a noun that somebody can open."""
    noun, kind = noun_pages().get(name, ("", ""))
    openable = {"add": ADDED, "history": CHANGED, "delete": DELETED}
    return bool(noun) and noun in openable.get(kind, EVERY)


def test_every_page_has_its_picture() -> None:
    closed = {name for name in noun_pages() if not of_noun(name)}
    missing = set(addresses(admin.site.get_urls())) - {*OURS, *NONE, *ALONE}

    assert {name for name in missing - closed if not of_noun(name)} == set(), (
        f"Add a row to OURS in {__file__}, so that the page is looked at, or to NONE with why not."
    )
    assert {noun for noun, _ in noun_pages().values()} == set(EVERY)


@pytest.fixture
def rows(ground: Ground, csr: CSR, root: User) -> Mapping[str, Model]:
    """A row of each noun, with the things in it that are long or seldom."""
    now = timezone.now()
    Mail.objects.filter(pk=Mail.objects.earliest("pk").pk).update(failure="550 no such mailbox")
    finding = {"kind": "edited", "sentence": "Event 4711 was edited.", "seq": 4711}
    service = SignInService.objects.create(
        name="Acme sign-in", issuer="https://login.acme.example/realms/all", client_id="portal"
    )
    service.domains.create(name="acme.example")
    return {
        **{noun: row for noun, row in ground.items() if isinstance(row, Model)},
        "applecertificate": AppleCertificate.objects.create(
            fingerprint_sha256="ab" * 32,
            subject="Apple Application Integration 2 Certification Authority",
            not_after=now + timedelta(days=900),
            der=b"",
            added_at=now,
        ),
        "audithead": AuditHead.objects.create(
            seq=4711, hash="ab" * 32, made_at=now, key_id="ab" * 8, document='{"seq": 4711}'
        ),
        "auditverification": AuditVerification.objects.create(
            started_at=now, finished_at=now, after=5000, findings=[finding], found=1, heads=3
        ),
        # Without a history, so that it can be deleted.
        "closed": Customer.objects.create(name="Hooli", country="US", closed_at=now),
        "csr": csr,
        "event": Event.objects.filter(verb="activate").latest("at"),
        "group": Group.objects.get(name=APPROVER),
        "mail": Mail.objects.earliest("pk"),
        "signinservice": service,
        "storeverification": StoreVerification.objects.create(
            started_at=now,
            finished_at=now,
            checked={"sealed keys": 12000},
            findings=[f"MISSING keys/{'ab' * 32}: a row names a file that is gone."],
            differences=1,
        ),
    }


@pytest.mark.parametrize("noun", EVERY)
def test_the_pages_of_a_noun(
    visit: Visit, site: str, rows: Mapping[str, Model], root: User, noun: str
) -> None:
    person = visit(root)
    for name, (of, kind) in noun_pages().items():
        if of == noun and of_noun(name):
            row = rows["closed"] if (noun, kind) == ("customer", "delete") else rows[noun]
            keys = [] if kind in {"changelist", "add"} else [row.pk]
            all_of_them = "?state=all&which=all&reviewed=all" if kind == "changelist" else ""
            person.page.goto(f"{site}{reverse(f'admin:{name}', args=keys)}{all_of_them}")
            person.picture(f"{noun}-{kind}")


def test_pages_beside_them(visit: Visit, site: str, rows: Mapping[str, Model], root: User) -> None:
    person = visit(root)
    keys = {**dict.fromkeys(ALONE, ()), **{name: (rows[noun].pk,) for name, noun in OURS.items()}}
    for name, key in keys.items():
        person.page.goto(f"{site}{reverse(f'admin:{name}', args=key)}")
        person.picture(name.removeprefix("onboarding_"))


def test_lists_without_a_row(visit: Visit, site: str, root: User) -> None:
    person = visit(root)
    person.page.goto(f"{site}/admin/")
    person.picture("overview-empty")
    for noun in EMPTY:
        person.page.goto(f"{site}{reverse(f'admin:onboarding_{noun}_changelist')}")
        person.picture(f"{noun}-empty")
