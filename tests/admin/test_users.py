"""People, and how nobody gives rights that are not theirs to give."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.test import Client
from django.urls import reverse

from onboarding import tasks
from onboarding.admin.user import UserPage
from onboarding.models import User
from tests.admin.conftest import Clients
from tests.admin.pages import page

ADD = "/admin/onboarding/user/add/"
RIGHTS = {"is_staff": "on", "is_superuser": "on"}


def form_of(user: User, **changed: Any) -> dict[str, Any]:
    """What the page of a person sends. Any: what a form holds."""
    return {"name": user.name, "email": user.email, "is_active": "on", **changed}


def new_person(**changed: Any) -> dict[str, Any]:
    """A form for a person without a password. Any: what a form holds."""
    return {"email": "new@acme.example", "name": "New", "usable_password": "false", **changed}


def password(user: User) -> str:
    return reverse("admin:auth_user_password_change", args=[user.pk])


def rights(user: User) -> tuple[object, ...]:
    found = User.objects.get(pk=user.pk)
    return (
        found.is_staff,
        found.is_superuser,
        found.email,
        found.password,
        set(found.groups.all()),
        set(found.user_permissions.all()),
    )


def everything(groups: dict[str, Group]) -> dict[str, Any]:
    """All that a crafted form could ask for. Any: what a form holds."""
    permissions = Permission.objects.values_list("pk", flat=True)
    return {
        **RIGHTS,
        "groups": [one.pk for one in groups.values()],
        "user_permissions": list(permissions),
    }


def test_staff_add_a_person_who_sets_the_password(staff_client: Client, client: Client) -> None:
    staff_client.post(ADD, new_person())

    added = User.objects.get(email="new@acme.example")
    tasks.send_password_reset(str(added.pk))
    assert not added.has_usable_password()
    assert (added.is_staff, added.is_active) == (False, True)
    assert [message.to for message in mail.outbox] == [[added.email]]


def test_a_first_password_is_kept_as_a_hash(staff_client: Client, client: Client) -> None:
    words = "a first pass phrase"
    staff_client.post(ADD, new_person(usable_password="true", password1=words, password2=words))

    added = User.objects.get(email="new@acme.example")
    assert words not in added.password
    assert client.login(email=added.email, password=words)


@pytest.mark.parametrize("typed", ["password1", "password2"])
def test_a_password_that_was_typed_is_not_dropped(staff_client: Client, typed: str) -> None:
    answer = staff_client.post(ADD, new_person(**{typed: "a first pass phrase"}))

    assert "You typed a password, and left it to the person" in answer.content.decode()
    assert not User.objects.filter(email="new@acme.example").exists()


def test_the_list_says_which_roles_staff_have(
    client_of: Clients, root: User, sam: User, ada: User, groups: dict[str, Group]
) -> None:
    ada.groups.add(groups["Auditor"])
    User.objects.create_user("new@vendor.example", "pw", name="New", is_staff=True)

    listed = client_of(root).get(reverse("admin:onboarding_user_changelist")).context["cl"]

    page = UserPage(User, admin.site)
    assert {row.email: page.roles(row) for row in listed.result_list} == {
        root.email: "",
        sam.email: "Approver, Operator",
        ada.email: "",
        "new@vendor.example": "none",
    }


def test_a_weak_first_password_is_refused(staff_client: Client) -> None:
    answer = staff_client.post(
        ADD, new_person(usable_password="true", password1="12345678", password2="12345678")
    )

    assert answer.status_code == 200
    assert not User.objects.filter(email="new@acme.example").exists()


def test_one_address_is_one_person(staff_client: Client, ada: User) -> None:
    answer = staff_client.post(ADD, new_person(email=ada.email.upper()))

    assert "Someone with this e-mail address is here already." in answer.content.decode()


def test_nobody_adds_staff_by_a_crafted_form(
    staff_client: Client, groups: dict[str, Group]
) -> None:
    staff_client.post(ADD, new_person(**everything(groups)))

    added = User.objects.get(email="new@acme.example")
    assert rights(added)[:2] == (False, False)
    assert rights(added)[4:] == (set(), set())


def test_staff_deactivate_a_customers_person(staff_client: Client, ada: User) -> None:
    staff_client.post(page(ada), {"name": "Ada L."})

    ada.refresh_from_db()
    assert not ada.is_active
    assert ada.name == "Ada L."


def test_nobody_makes_a_person_staff_by_a_crafted_form(
    staff_client: Client, ada: User, groups: dict[str, Group]
) -> None:
    before = rights(ada)

    staff_client.post(page(ada), form_of(ada, email="mine@x.example", **everything(groups)))

    assert rights(ada) == before


@pytest.mark.parametrize("who", ["sam", "sue", "root"])
def test_staff_do_not_change_staff_nor_themselves(
    request: pytest.FixtureRequest,
    client_of: Clients,
    sam: User,
    groups: dict[str, Group],
    who: str,
) -> None:
    target = request.getfixturevalue(who)
    before = rights(target)

    answer = client_of(sam).post(
        page(target), form_of(target, email="mine@x.example", **everything(groups))
    )

    assert answer.status_code == 403
    assert rights(target) == before
    assert User.objects.get(pk=target.pk).is_active


@pytest.mark.parametrize("who", ["ada", "sue", "root"])
def test_staff_set_nobodys_password(
    request: pytest.FixtureRequest, client_of: Clients, sam: User, who: str
) -> None:
    target = request.getfixturevalue(who)
    form = {"password1": "mine mine mine", "password2": "mine mine mine"}
    before = rights(target)

    answer = client_of(sam).post(
        password(target), {**form, "usable_password": "true", "set-password": "1"}
    )

    assert answer.status_code == 403
    assert rights(target) == before


def test_rights_are_not_even_shown_to_other_staff(staff_client: Client, ada: User) -> None:
    content = staff_client.get(page(ada)).content.decode()

    for name in ("is_staff", "is_superuser", "groups", "user_permissions", "password"):
        assert f'name="{name}"' not in content


def test_a_superuser_makes_staff(
    client_of: Clients, root: User, ada: User, groups: dict[str, Group]
) -> None:
    form = form_of(ada, is_staff="on", groups=[groups["Approver"].pk])

    client_of(root).post(page(ada), form)

    ada = User.objects.get(pk=ada.pk)
    assert ada.is_staff
    assert ada.has_perm("onboarding.approve_csr")
    assert not ada.is_superuser


def test_nobody_is_ever_deleted(client_of: Clients, root: User, ada: User) -> None:
    answer = client_of(root).post(
        reverse("admin:onboarding_user_delete", args=[ada.pk]), {"post": "yes"}
    )

    assert answer.status_code == 403
    assert User.objects.filter(pk=ada.pk).exists()


def test_groups_are_for_superusers(client_of: Clients, sam: User, root: User) -> None:
    sam.user_permissions.add(*Permission.objects.filter(content_type__model="group"))
    group = Group.objects.get(name="Approver")
    address = reverse("admin:auth_group_change", args=[group.pk])

    refused = client_of(sam).post(address, {"name": "Approver", "permissions": []})
    shown = client_of(root).get(address)

    assert refused.status_code == 403
    assert group.permissions.exists()
    assert "Can approve and reject CSRs" in shown.content.decode()
