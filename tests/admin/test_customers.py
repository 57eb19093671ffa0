"""A customer's record: kept by staff, each change an Event, its history never deleted."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from onboarding import errors, lifecycle
from onboarding.admin.customer import MembershipFormSet
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Contact, Customer, Event, Mail, Membership, User
from tests.admin.conftest import Clients
from tests.admin.pages import page

ADD = "/admin/onboarding/customer/add/"


def filled(customer: Customer, **changed: Any) -> dict[str, Any]:
    """The form as the page sends it, with `changed` fields. Any: what a form holds."""
    form: dict[str, Any] = {
        "name": customer.name,
        "country": customer.country,
        "apple_account": customer.apple_account,
    }
    for prefix, rows in (("contacts", customer.contacts), ("memberships", customer.memberships)):
        kept = list(rows.all()) if customer.pk and not customer._state.adding else []
        form |= {f"{prefix}-INITIAL_FORMS": len(kept), f"{prefix}-TOTAL_FORMS": len(kept)}
        for index, row in enumerate(kept):
            form |= {
                f"{prefix}-{index}-{field.name}": str(getattr(row, field.attname))
                for field in row._meta.fields
            }
    return {**form, **changed}


def test_staff_change_the_record(staff_client: Client, acme: Customer, sam: User) -> None:
    staff_client.post(page(acme), filled(acme, apple_account="new@acme.example"))

    acme.refresh_from_db()
    event = Event.objects.get(verb="customer_changed", customer=acme)
    assert acme.apple_account == "new@acme.example"
    assert event.actor == sam
    assert event.facts["changes"] == {"apple_account": "“push@acme.example” → “new@acme.example”"}


def test_saving_without_a_change_is_no_event(staff_client: Client, acme: Customer) -> None:
    answer = staff_client.post(page(acme), filled(acme))

    assert answer.status_code == 302
    assert not Event.objects.exists()


def test_who_may_act_is_changed_and_written_down(
    staff_client: Client, acme: Customer, ada: User, bob: User
) -> None:
    form = filled(acme)
    admin_first = [form[f"memberships-{index}-user"] for index in (0, 1)].index(str(ada.pk)) == 0
    ada_at, bob_at = (0, 1) if admin_first else (1, 0)

    staff_client.post(
        page(acme),
        {**form, f"memberships-{ada_at}-DELETE": "on", f"memberships-{bob_at}-role": "admin"},
    )

    assert {m.user: m.role for m in acme.memberships.all()} == {bob: Membership.Role.ADMIN}
    changed, removed = Event.objects.order_by("pk")
    assert (changed.verb, changed.facts["person"], changed.facts["role"]) == (
        "change_role",
        "Bob",
        "admin",
    )
    assert (removed.verb, removed.facts["person"]) == ("remove_member", "Ada")
    kinds = set(Mail.objects.values_list("kind", "recipient"))
    assert kinds == {("role_changed", bob.email), ("removed", ada.email)}


@pytest.mark.parametrize("change", [{"DELETE": "on"}, {"role": "reader"}])
def test_the_last_admin_stays_one(
    staff_client: Client, acme: Customer, ada: User, change: dict[str, str]
) -> None:
    form = filled(acme, name="Acme Ltd")

    answer = staff_client.post(
        page(acme), form | {f"memberships-0-{name}": value for name, value in change.items()}
    )

    acme.refresh_from_db()
    assert answer.status_code == 200
    assert "Somebody has to stay an admin" in answer.content.decode()
    assert 'value="Acme Ltd"' in answer.content.decode()
    assert acme.name == "Acme"
    assert acme.memberships.get().role == Membership.Role.ADMIN


def test_who_was_an_admin_but_is_deactivated_counts_for_nothing(
    staff_client: Client, acme: Customer, ada: User, bob: User
) -> None:
    acme.memberships.filter(user=bob).update(role=Membership.Role.ADMIN)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    form = filled(acme)
    at = [form[f"memberships-{index}-user"] for index in (0, 1)].index(str(ada.pk))

    answer = staff_client.post(page(acme), {**form, f"memberships-{at}-DELETE": "on"})

    assert "Somebody has to stay an admin" in answer.content.decode()
    assert acme.memberships.count() == 2


def test_the_list_finds_those_of_whom_nobody_can_sign_in_and_renew(
    staff_client: Client, acme: Customer, ada: User, globex: Customer, eve: User
) -> None:
    Membership.objects.filter(user=eve).update(role=Membership.Role.READER)

    found = staff_client.get("/admin/onboarding/customer/", {"people": "nobody"}).content.decode()

    assert page(globex) in found
    assert page(acme) not in found


def test_when_a_colleague_was_faster_nothing_is_saved(
    staff_client: Client, acme: Customer, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MembershipFormSet, "clean", lambda _: None)

    answer = staff_client.post(
        page(acme), filled(acme, name="Acme Ltd") | {"memberships-0-DELETE": "on"}, follow=True
    )

    acme.refresh_from_db()
    assert "is the last admin of" in answer.content.decode()
    assert acme.name == "Acme"
    assert acme.memberships.count() == 1


def test_a_membership_stays_with_its_person(
    staff_client: Client, acme: Customer, ada: User, eve: User
) -> None:
    staff_client.post(page(acme), filled(acme) | {"memberships-0-user": str(eve.pk)})

    assert acme.memberships.get().user == ada


def test_a_contact_is_added_and_written_down(staff_client: Client, acme: Customer) -> None:
    new = {"contacts-TOTAL_FORMS": 1, "contacts-0-email": "it@acme.example"}

    staff_client.post(page(acme), filled(acme, **new))

    assert Contact.objects.get().email == "it@acme.example"
    changes = Event.objects.get(verb="customer_changed").facts["changes"]
    assert changes == {"contact added": "it@acme.example"}


def test_staff_add_a_customer(staff_client: Client, db: None) -> None:
    staff_client.post(ADD, filled(Customer(name="Initech", country="FR")))

    assert Customer.objects.get(name="Initech").country == "FR"


@pytest.mark.parametrize("country", ["fr", "FRA", "1A", ""])
def test_a_country_is_two_capital_letters(staff_client: Client, country: str) -> None:
    answer = staff_client.post(ADD, filled(Customer(name="Initech", country=country)))

    assert answer.status_code == 200
    assert not Customer.objects.exists()


def test_a_customer_without_history_can_be_deleted(staff_client: Client, acme: Customer) -> None:
    staff_client.post(reverse("admin:onboarding_customer_delete", args=[acme.pk]), {"post": "yes"})

    assert not Customer.objects.exists()


def test_a_customer_with_history_cannot_be_deleted(
    client_of: Clients, root: User, csr: CSR, acme: Customer
) -> None:
    answer = client_of(root).post(
        reverse("admin:onboarding_customer_delete", args=[acme.pk]), {"post": "yes"}
    )

    assert answer.status_code == 403
    assert Customer.objects.filter(pk=acme.pk).exists()


def test_customers_are_not_deleted_by_the_dozen(
    client_of: Clients, root: User, acme: Customer, globex: Customer
) -> None:
    client_of(root).post(
        "/admin/onboarding/customer/",
        {
            "action": "delete_selected",
            "_selected_action": [acme.pk, globex.pk],
            "index": "0",
            "post": "yes",
        },
    )

    assert Customer.objects.count() == 2


def test_staff_who_may_only_look_change_nothing(
    client_of: Clients, tom: User, acme: Customer
) -> None:
    answer = client_of(tom).post(page(acme), filled(acme, name="Mine"))

    acme.refresh_from_db()
    assert answer.status_code == 403
    assert acme.name == "Acme"


@pytest.mark.parametrize("who", ["ada", "tom"])
def test_the_event_of_a_change_is_for_who_may_change(
    request: pytest.FixtureRequest, acme: Customer, who: str
) -> None:
    person = request.getfixturevalue(who)

    with pytest.raises(errors.NotAllowed):
        lifecycle.customer_changed(acme, changes={"name": "x"}, by=Actor.of(person))

    with pytest.raises(errors.NotAllowed):
        lifecycle.customer_changed(acme, changes={"name": "x"}, by=Actor.worker())
