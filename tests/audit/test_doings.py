"""What people do at the doors is an Event, with from where; without the Event it is not done."""

import json
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse

from onboarding import lifecycle, spreadsheet
from onboarding.lifecycle import Actor, sign_ins
from onboarding.models import CSR, Customer, Event, PushCertificate, User
from tests.audit import bending

PASSWORD = "correct horse battery"
BROWSER = {"User-Agent": "Browser\n1"}


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root@vendor.example", "pw", name="Root")


@pytest.fixture(autouse=True)
def no_failures_yet(db: None) -> None:
    cache.clear()


def sign_in(client: Client, email: str, password: str = PASSWORD) -> int:
    answer = client.post(
        reverse("account_login"), {"login": email, "password": password}, headers=BROWSER
    )
    return int(answer.status_code)


def refuse_events() -> None:
    """From now on no Event can be written."""
    for statement in _REFUSAL[connection.vendor]:
        bending.run(statement)


_REFUSAL = {
    "sqlite": [
        (
            "CREATE TRIGGER no_events BEFORE INSERT ON onboarding_event"
            " BEGIN SELECT RAISE(ABORT, 'no Events today'); END"
        ),
    ],
    "postgresql": [
        # What the test wrote is still to be checked, and until then the table is not altered.
        "SET CONSTRAINTS ALL IMMEDIATE",
        (
            "CREATE FUNCTION no_events() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN RAISE EXCEPTION 'no Events today'; END $$"
        ),
        (
            "CREATE TRIGGER no_events BEFORE INSERT ON onboarding_event"
            " FOR EACH ROW EXECUTE FUNCTION no_events()"
        ),
    ],
}


def test_who_signs_in_and_out_is_written_down_with_from_where(ada: User, client: Client) -> None:
    sign_in(client, ada.email)
    client.post(reverse("account_logout"), headers=BROWSER)

    came, went = Event.objects.filter(verb__startswith="signed").order_by("pk")
    assert (came.verb, came.actor, came.actor_name) == ("signed_in", ada, f"Ada <{ada.email}>")
    assert (came.address, came.user_agent) == ("127.0.0.1", "Browser\N{REPLACEMENT CHARACTER}1")
    assert (went.verb, went.actor) == ("signed_out", ada)


def test_a_failed_sign_in_is_written_down_without_what_was_typed(ada: User, client: Client) -> None:
    sign_in(client, ada.email, "wrong secret")
    sign_in(client, "my secret", "wrong secret")

    known, *others = Event.objects.filter(verb="sign_in_failed").order_by("pk")
    assert known.facts["account"] == ada.email
    assert known.actor is None
    assert "secret" not in json.dumps([one.facts for one in (known, *others)])


def test_strangers_cannot_fill_the_table(db: None) -> None:
    for _ in range(1000):
        sign_ins.sign_in_failed(None, step="password")

    # Ten, and then at 16, 32, … 512.
    assert Event.objects.filter(verb="sign_in_failed").count() == sign_ins.EACH + 6


def test_nobody_is_signed_in_without_the_event(ada: User) -> None:
    client = Client(raise_request_exception=False)
    refuse_events()

    assert sign_in(client, ada.email) == 500
    assert "_auth_user_id" not in client.session


def test_a_changed_password_is_written_down(ada: User, client: Client) -> None:
    sign_in(client, ada.email)
    new = "another horse battery"

    client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )

    event = Event.objects.get(verb="sign_in_changed")
    assert event.facts == {"what": "password changed", "kind": ""}
    assert new not in json.dumps(event.facts)


def test_every_download_of_the_signed_request_is_written_down(
    client_of: Callable[[User], Client], bob: User, signed: CSR
) -> None:
    client_of(bob).get(reverse("portal:signed_request", args=[signed.pk]))

    event = Event.objects.get(verb="download_signed_request")
    assert (event.actor, event.csr) == (bob, signed)
    assert event.facts == {"push_request_sha256": signed.push_request_sha256, "may_act": False}


def test_every_download_of_a_csr_or_a_certificate_is_written_down(
    client_of: Callable[[User], Client], bob: User, root: User, active: PushCertificate
) -> None:
    client, csr = client_of(bob), active.csr

    client.get(reverse("portal:csr_file", args=[csr.pk]))
    client.head(reverse("portal:csr_file", args=[csr.pk]))
    client.get(reverse("portal:certificate_file", args=[active.pk]))
    client_of(root).get(reverse("admin:onboarding_csr_file", args=[csr.pk]))

    of_csr, of_certificate, by_staff = Event.objects.filter(
        verb__in=["download_csr", "download_certificate"]
    ).order_by("pk")
    assert (of_csr.actor, of_csr.csr) == (bob, csr)
    assert of_csr.facts == {"public_key_sha256": csr.public_key_sha256}
    assert (of_certificate.push_certificate, of_certificate.customer) == (active, active.customer)
    assert of_certificate.facts == {"fingerprint_sha256": active.fingerprint_sha256}
    assert (by_staff.verb, by_staff.actor) == ("download_csr", root)


@pytest.mark.parametrize("name", ["signed_request", "csr_file", "certificate_file"])
def test_nothing_is_handed_out_without_the_event(
    client_of: Callable[[User], Client],
    bob: User,
    active: PushCertificate,
    signed_renewal: CSR,
    name: str,
) -> None:
    client = client_of(bob)
    client.raise_request_exception = False
    row = active if name == "certificate_file" else signed_renewal
    refuse_events()

    answer = client.get(reverse(f"portal:{name}", args=[row.pk]))

    assert answer.status_code == 500


def test_a_verb_is_undone_without_its_event(acme: Customer, ada: User) -> None:
    refuse_events()

    with pytest.raises(DatabaseError, match="no Events today"):
        lifecycle.set_apple_account(acme, apple_account="x@acme.example", by=Actor.of(ada))

    acme.refresh_from_db()
    assert acme.apple_account == "push@acme.example"


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("=1+1", "'=1+1"),
        (" @SUM(A1)", "' @SUM(A1)"),
        ("-2", "'-2"),
        ("\tx", "'\tx"),
        ("Acme = good", "Acme = good"),
        ("", ""),
    ],
)
def test_a_cell_that_a_spreadsheet_would_run_is_made_safe(cell: str, shown: str) -> None:
    assert spreadsheet.safe(cell) == shown
