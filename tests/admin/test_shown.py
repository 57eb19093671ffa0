"""What a role may not do is not shown to it: every page is read for where it leads.

Made from the tables of test_roles: a page that leads a role to what it may not do fails, and so
does an address that no page leads to.
"""

import re
from collections.abc import Mapping
from urllib.parse import urljoin

import pytest
from django.db.models import Model
from django.urls import resolve, reverse
from django.utils import timezone

from onboarding import lifecycle, tasks
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Campaign, Customer, CustomerImport, TopicChange, User
from onboarding.roles import APPROVER, AUDITOR, OPERATOR, ROLES
from tests.admin.conftest import Clients
from tests.admin.pages import approving, page
from tests.admin.test_roles import (
    ACTIONS,
    ALL,
    NOBODY,
    NOUNS,
    PAGES,
    SUBJECT,
    Ground,
    ground,
    noun_pages,
    people,
)

__all__ = ["ground", "people"]
_LEADS_TO = re.compile(r'\s(?:href|action|formaction)="([^"?#]+)')
# What a button of a customer's page on approving does -> who is shown it.
DOES = {"number": {OPERATOR}, "give": {APPROVER}}
# Where Django leads everybody, to pages that are each person's own.
OWN = {"index", "logout", "password_change", "login"}
# Offered to who has given one, which are tests of their own.
GIVEN_BEFORE = {"onboarding_csr_decide/take-back", "onboarding_topicchange_take_back"}


@pytest.fixture
def scene(
    ground: Ground, signed_renewal: CSR, globex: Customer, eve: User, sam: User
) -> dict[str, str]:
    """Every list, and pages of each noun in a state in which much is offered, by address."""
    now, states = timezone.now(), CustomerImport.State
    change = TopicChange.objects.create(
        csr=signed_renewal,
        topic="com.apple.mgmt.External.new",
        not_after=now,
        noted_by=eve,
        noted_at=now,
        wanted_by=eve,
        wanted_at=now,
    )
    rows: Mapping[str, object] = {
        **{noun: row for noun, row in ground.items() if noun in NOUNS},
        "signed CSR": signed_renewal,
        "waiting CSR": waiting(globex, by=eve),
        "topic that is asked for": change,
        "closed customer": Customer.objects.create(name="Hooli", country="US", closed_at=now),
        "dry run": CustomerImport.objects.create(
            name="b.csv", started_at=now, total=1, state=states.JUDGED, report="reports/x"
        ),
        "campaign that goes out": Campaign.objects.create(
            title="All", state="running", prepared_by=sam, prepared_at=now, started_at=now
        ),
        "staff": sam,
    }
    return {
        "overview": reverse("admin:index"),
        "approving": approving(globex),
        **{f"all: {noun}": reverse(f"admin:onboarding_{noun}_changelist") for noun in NOUNS},
        **{name: page(row) for name, row in rows.items() if isinstance(row, Model)},
    }


def waiting(customer: Customer, *, by: User) -> CSR:
    csr = lifecycle.request_csr(customer, subject=SUBJECT, by=Actor.of(by))
    tasks.make_csr(str(csr.pk))
    csr.refresh_from_db()
    return csr


def rows_led_to(content: str, at: str) -> set[str]:
    """The names in PAGES, or of the nouns' own pages, of all that the page at `at` leads to."""
    addresses = {urljoin(at, address) for address in _LEADS_TO.findall(content)}
    matches = [resolve(address) for address in addresses if address.startswith("/admin/")]
    return {"/".join(filter(None, [one.url_name, one.kwargs.get("name")])) for one in matches}


def allowed(row: str) -> set[str]:
    """The roles that may be led there."""
    if row in OWN:
        return ALL
    if row in PAGES:
        return PAGES[row]
    noun, kind = noun_pages()[row]
    add, _, delete = NOUNS.get(noun, (NOBODY, NOBODY, NOBODY))
    seen = ALL if noun in NOUNS else NOBODY
    return {"add": add, "delete": delete}.get(kind, seen)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_no_page_leads_a_role_to_what_it_may_not_do(
    role: str, people: dict[str, User], scene: dict[str, str], client_of: Clients
) -> None:
    client = client_of(people[role])

    led = {
        (name, row)
        for name, at in scene.items()
        for row in rows_led_to(client.get(at).content.decode(), at)
    }

    assert {(name, row) for name, row in led if role not in allowed(row)} == set()
    assert {row for row in PAGES if role in PAGES[row] != ALL} - {r for _, r in led} <= GIVEN_BEFORE


@pytest.mark.parametrize("role", sorted(ROLES))
def test_only_who_may_change_a_record_is_shown_fields_to_fill(
    role: str, people: dict[str, User], scene: dict[str, str], client_of: Clients
) -> None:
    client = client_of(people[role])

    savable = {
        noun
        for noun in NOUNS.keys() & scene.keys()
        if 'name="_save"' in client.get(scene[noun]).content.decode()
    }

    changes = {noun for noun, (_, change, _) in NOUNS.items() if role in change}
    assert savable == changes & {"customer", "phrase", "user"}


@pytest.mark.parametrize("role", sorted(ROLES))
def test_only_who_may_is_offered_a_lists_actions(
    role: str, people: dict[str, User], scene: dict[str, str], client_of: Clients
) -> None:
    client = client_of(people[role])

    for noun, actions in ACTIONS.items():
        content = client.get(reverse(f"admin:onboarding_{noun}_changelist")).content.decode()
        shown = {action for action in actions if f'<option value="{action}"' in content}
        assert shown == {action for action, roles in actions.items() if role in roles}


@pytest.mark.parametrize("role", sorted(ROLES))
def test_only_who_may_is_shown_the_buttons_on_approving(
    role: str, people: dict[str, User], acme: Customer, client_of: Clients
) -> None:
    content = client_of(people[role]).get(approving(acme)).content.decode()

    shown = {what for what in DOES if f'name="do" value="{what}"' in content}
    assert shown == {what for what, roles in DOES.items() if role in roles}


def test_a_page_without_its_right_is_found(
    people: dict[str, User], scene: dict[str, str], client_of: Clients
) -> None:
    """The reading itself: an auditor's page that led to a decision would be seen."""
    at = scene["waiting CSR"]

    led = rows_led_to(client_of(people[APPROVER]).get(at).content.decode(), at)

    assert "onboarding_csr_decide/approve" in led
    assert AUDITOR not in allowed("onboarding_csr_decide/approve")
