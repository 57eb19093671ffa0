"""What no page of ours sends, but anybody can: it is refused, and nothing breaks."""

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from onboarding.models import Contact, Customer, Membership, User
from tests.admin.conftest import Clients
from tests.admin.pages import page

NO_IDS = ["zz", "99999999999999999999999", "\0", "-", ""]
ACTIONS = [
    ("csr", "approve_selected"),
    ("csr", "reject_selected"),
    ("csr", "ask_selected"),
    ("mail", "put_aside"),
    ("mail", "send_again"),
    ("pushcertificate", "campaign_selected"),
    ("standinguse", "mark_reviewed"),
]


@pytest.fixture
def client(client_of: Clients, root: User) -> Client:
    return client_of(root)


def test_no_action_is_left_out() -> None:
    known = {
        (model._meta.model_name, name)
        for model, page in admin.site._registry.items()
        for name in page.actions or ()
    }

    assert known == set(ACTIONS)


@pytest.mark.parametrize(("noun", "action"), ACTIONS)
def test_an_action_for_what_is_no_id_is_refused(client: Client, noun: str, action: str) -> None:
    address = reverse(f"admin:onboarding_{noun}_changelist")

    for marked in NO_IDS:
        sent = {"action": action, "_selected_action": marked, "index": marked}
        assert client.post(address, sent).status_code == 400, marked


@pytest.mark.parametrize("lookup", ["id__in", "id__range", "at__year"])
def test_a_list_is_not_narrowed_by_what_no_column_holds(client: Client, lookup: str) -> None:
    address = reverse("admin:onboarding_reminder_changelist")

    answer = client.get(address, {lookup: NO_IDS[1]}, follow=True)

    assert answer.redirect_chain == [(f"{address}?e=1", 302)]
    assert "so nothing was narrowed" in answer.content.decode()


@pytest.mark.parametrize("name", ["q", "o", "p", "e", "_changelist_filters", "_to_field", "id"])
def test_a_list_does_not_break_over_its_address(client: Client, name: str) -> None:
    for value in NO_IDS:
        answer = client.get("/admin/onboarding/standinguse/", {name: value})

        assert answer.status_code in {200, 302, 400}, value


class TestTheCustomersForm:
    @pytest.fixture
    def form(self, acme: Customer, request: pytest.FixtureRequest) -> dict[str, Any]:
        """As the page sends it, unchanged. Any: a form's values."""
        request.getfixturevalue("ada")
        Contact.objects.create(customer=acme, email="it@acme.example")
        rows = {
            "contacts": acme.contacts.all(),
            "memberships": Membership.objects.filter(customer=acme),
        }
        sent: dict[str, Any] = {"name": "Acme", "country": "DE", "apple_account": ""}
        for prefix, found in rows.items():
            count = len(found)
            sent |= {f"{prefix}-TOTAL_FORMS": count, f"{prefix}-INITIAL_FORMS": count}
            for at, row in enumerate(found):
                sent |= {f"{prefix}-{at}-id": row.pk, f"{prefix}-{at}-customer": acme.pk}
                for name in ("email", "language", "role"):
                    if hasattr(row, name):
                        sent[f"{prefix}-{at}-{name}"] = getattr(row, name)
        return sent

    def test_is_saved_as_it_came(
        self, client: Client, acme: Customer, form: dict[str, Any]
    ) -> None:
        assert client.post(page(acme), form).status_code == 302

    @pytest.mark.parametrize(
        "field",
        [
            "memberships-0-user",
            "memberships-0-id",
            "memberships-0-customer",
            "memberships-0-role",
            "memberships-1-user",
            "memberships-TOTAL_FORMS",
            "memberships-INITIAL_FORMS",
            "contacts-0-id",
            "contacts-0-customer",
            "contacts-TOTAL_FORMS",
            "contacts-INITIAL_FORMS",
        ],
    )
    def test_does_not_break_over_what_is_no_id(
        self, client: Client, acme: Customer, form: dict[str, Any], field: str
    ) -> None:
        if "-1-" in field:
            form |= {"memberships-TOTAL_FORMS": form["memberships-TOTAL_FORMS"] + 1}

        for value in NO_IDS:
            answer = client.post(page(acme), {**form, field: value})

            assert answer.status_code in {200, 302, 400}, value
        assert Membership.objects.filter(customer=acme, role=Membership.Role.ADMIN).exists()
