"""Who gets in: vendor staff, through the portal's own sign-in."""

from hashlib import sha256
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from onboarding.models import CSR, User
from tests.admin.conftest import Clients
from tests.admin.pages import CSRS, about, deciding, page

STATIC = Path(__file__).parents[2] / "templates" / "static"
VENDORED = STATIC / "vendor" / "VENDORED.md"


def test_a_stranger_is_sent_to_the_portals_sign_in(client: Client, submitted: CSR) -> None:
    answer = client.get(page(submitted), follow=True)

    assert answer.redirect_chain[-1][0].startswith("/accounts/login/?next=")
    assert b"Acme" not in answer.content


@pytest.mark.parametrize("path", ["/admin/", CSRS, "/admin/onboarding/customer/", "/admin/login/"])
def test_a_customer_is_refused(client_of: Clients, ada: User, path: str) -> None:
    answer = client_of(ada).get(path, follow=True)

    assert answer.status_code == 403


def test_a_customer_cannot_approve_its_own_csr(
    client_of: Clients, ada: User, submitted: CSR
) -> None:
    answer = client_of(ada).post(deciding("approve"), about(submitted), follow=True)

    submitted.refresh_from_db()
    assert answer.status_code == 403
    assert submitted.state == CSR.State.SUBMITTED


def test_the_sign_in_of_django_itself_takes_no_password(client: Client, sam: User) -> None:
    client.post(
        "/admin/login/", {"username": sam.email, "password": "correct horse battery"}, follow=True
    )

    assert "_auth_user_id" not in client.session


def test_staff_who_were_deactivated_are_out(client_of: Clients, sam: User) -> None:
    client = client_of(sam)
    User.objects.filter(pk=sam.pk).update(is_active=False)

    answer = client.get(CSRS, follow=True)

    assert answer.redirect_chain[-1][0].startswith("/accounts/login/")


def test_staff_without_any_permission_see_no_list(client_of: Clients, db: None) -> None:
    new = User.objects.create_user("new@vendor.example", "pw", name="New", is_staff=True)

    answer = client_of(new).get(CSRS)

    assert answer.status_code == 403
    assert client_of(new).get("/admin/").status_code == 200


@pytest.mark.parametrize("path", ["/admin/", CSRS, "/accounts/login/"])
def test_the_strict_policy_holds_on_the_staffs_pages_too(staff_client: Client, path: str) -> None:
    policy = staff_client.get(path).headers["Content-Security-Policy"]

    assert "script-src 'self';" in f"{policy};"
    assert "style-src 'self';" in f"{policy};"
    assert "unsafe" not in policy


def test_unfolds_alpine_is_served_as_the_build_without_eval() -> None:
    found = finders.find("unfold/js/alpine/alpine.js")

    assert found == str(STATIC / "unfold/js/alpine/alpine.js")
    assert sha256(Path(found).read_bytes()).hexdigest() in VENDORED.read_text()
