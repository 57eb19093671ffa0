"""Every address, and who gets in: a table built from the URLconf, so that none is forgotten."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import (
    CSR,
    Customer,
    Event,
    Membership,
    PushCertificate,
    Question,
    TopicChange,
    User,
)
from tests.custody.parts import exported


@dataclass(frozen=True, slots=True)
class Row:
    """`of` names whose key the address takes; the numbers are the answers to a reader.

    The others are the same for every row: a stranger is asked to sign in, to an admin of another
    customer the row is like none, and an admin of its own customer gets in.
    """

    of: str
    reader_get: int
    reader_post: int


PORTAL = {
    "customer": Row("customer", 200, 405),
    "history": Row("customer", 200, 405),
    "apple_account": Row("customer", 403, 403),
    "people": Row("customer", 200, 403),
    "member_role": Row("member", 403, 403),
    "member_remove": Row("member", 403, 403),
    "invitation_resend": Row("invitation", 403, 403),
    "invitation_withdraw": Row("invitation", 403, 403),
    "csr_start": Row("customer", 403, 403),
    "csr_account": Row("customer", 403, 403),
    "notifications": Row("customer", 200, 403),
    "contact": Row("customer", 403, 403),
    "contact_remove": Row("customer", 403, 403),
    "calendar": Row("customer", 403, 403),
    "question": Row("certificate", 200, 302),
    "transfer": Row("certificate", 200, 405),
    "csr_create": Row("customer", 403, 403),
    "csr_upload": Row("customer", 403, 403),
    "csr": Row("csr", 200, 405),
    "csr_progress": Row("csr", 286, 405),
    "signed_request": Row("csr", 200, 405),
    "csr_file": Row("csr", 200, 405),
    "certificate_upload": Row("csr", 403, 403),
    "created": Row("csr", 200, 403),
    "created_meant": Row("csr", 403, 405),
    "withdraw": Row("csr", 403, 403),
    "key_delete": Row("csr", 403, 403),
    "csr_question": Row("csr_question", 403, 403),
    "export_create": Row("certificate", 403, 403),
    # An export is its asker's alone.
    "export": Row("export", 404, 405),
    "export_progress": Row("export", 404, 405),
    "export_file": Row("export", 404, 404),
    "certificate": Row("certificate", 200, 405),
    "renew": Row("certificate", 302, 405),
    "installed": Row("certificate", 403, 403),
    "certificate_file": Row("certificate", 200, 405),
}
# The number of a membership that there is not.
NOBODYS = 10**9
# Open to everyone, with what a stranger is answered.
OPEN = {
    # The signature in the address is the right to it: without one it is like none.
    "portal:stop": 404,
    "portal:answer": 404,
    "portal:guide": 404,
    "portal:calendar_file": 404,
    "healthz": 200,
    "portal:invitation_link": 302,
    # Without the link of a mail there is nothing to accept.
    "portal:invitation": 410,
    "portal:switch_language": 405,
    "account_login": 200,
    # Without a sign-in that waits for its second half.
    "mfa_authenticate": 302,
    # For a service that there is not.
    "openid_connect_login": 404,
    "openid_connect_callback": 404,
    # Answers scripts alone: how to ask for a passkey.
    "mfa_login_webauthn": 302,
    "account_logout": 302,
    "account_inactive": 200,
    "account_reset_password": 200,
    "account_reset_password_done": 200,
    "account_reset_password_from_key": 200,
    "account_reset_password_from_key_done": 200,
}
# Any: keys of several kinds.
ARGUMENTS: dict[str, list[Any]] = {
    "account_reset_password_from_key": ["1", "a-b"],
    "portal:invitation_link": ["no-token"],
    "portal:stop": ["1.made-up"],
    "mfa_remove_webauthn": [1],
    "openid_connect_login": [uuid4()],
    "openid_connect_callback": [uuid4()],
    "mfa_edit_webauthn": [1],
    "session_end": [1],
    "portal:answer": ["1.made-up"],
    "portal:guide": ["1.made-up"],
    "portal:calendar_file": ["made-up"],
}
# Without the query that its link has, such an address leads nowhere.
ASKS_FOR_MORE = {"contact_remove"}
# For whoever has signed in, whoever that is.
SIGNED_IN = {
    "account_index",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
    "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn",
    "mfa_edit_webauthn",
    "usersessions_list",
    "session_end",
    "portal:home",
    "portal:preferences",
    "account_reauthenticate",
    "account_change_password",
    "account_set_password",
}


def addresses(patterns: list[URLPattern | URLResolver], namespace: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}"
        elif pattern.namespace != "admin":
            inner = f"{pattern.namespace}:" if pattern.namespace else namespace
            yield from addresses(pattern.url_patterns, inner)


def test_every_address_has_its_row() -> None:
    known = {f"portal:{name}" for name in PORTAL} | OPEN.keys() | SIGNED_IN
    there = set(addresses(get_resolver().url_patterns))

    assert there - known == set(), (
        "Say here who gets in: in PORTAL if the address has the key of a customer's row (and make"
        " such a row in the fixture `keys`), in SIGNED_IN if it is the person's own, in OPEN if it"
        " is for everyone. Staff's pages need no row: tests/admin/test_doors.py tries them all."
    )
    assert known - there == set(), "These have a row, and are no address any more."


@pytest.fixture
def keys(
    acme: Customer, active: PushCertificate, signed_renewal: CSR, ada: User, sam: User
) -> dict[str, UUID | int]:
    """Acme's rows: a certificate in force, and a CSR ready for Apple."""
    export = exported(active)
    invitation = lifecycle.invite(
        acme, email="new@acme.example", role=Membership.Role.READER, by=Actor.of(ada)
    )
    TopicChange.objects.create(
        csr=signed_renewal,
        topic="com.apple.mgmt.External.created",
        not_after=active.not_after,
        noted_by=signed_renewal.requested_by,
        noted_at=signed_renewal.requested_at,
    )
    question = Question.objects.create(
        csr=signed_renewal, text="Who?", asked_by=sam, asked_at=timezone.now()
    )
    return {
        "customer": acme.pk,
        "csr": signed_renewal.pk,
        "certificate": active.pk,
        "export": export.pk,
        "member": acme.memberships.get(user=ada).pk,
        "invitation": invitation.pk,
        "csr_question": question.pk,
    }


@pytest.mark.parametrize("name", PORTAL)
def test_a_stranger_is_asked_to_sign_in(
    name: str, keys: dict[str, UUID | int], client: Client
) -> None:
    address = reverse(f"portal:{name}", args=[keys[PORTAL[name].of]])

    answer = client.get(address)

    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={address}")


@pytest.mark.parametrize("name", PORTAL)
def test_a_stranger_changes_nothing(name: str, keys: dict[str, UUID | int], client: Client) -> None:
    before = Event.objects.count()

    answer = client.post(reverse(f"portal:{name}", args=[keys[PORTAL[name].of]]))

    assert answer.status_code in {302, 405}
    assert Event.objects.count() == before


@pytest.mark.parametrize("name", PORTAL)
def test_a_reader_may_look_and_download_only(
    name: str, keys: dict[str, UUID | int], as_bob: Client
) -> None:
    row = PORTAL[name]
    address = reverse(f"portal:{name}", args=[keys[row.of]])
    before = Event.objects.count()

    seen = (as_bob.get(address).status_code, as_bob.post(address).status_code)

    assert seen == (row.reader_get, row.reader_post)
    # What a reader takes along is written down, as of everyone.
    written = Event.objects.count() - before
    assert written == (name in {"signed_request", "csr_file", "certificate_file"})


@pytest.mark.parametrize("name", PORTAL)
def test_an_admin_of_the_customer_gets_in(
    name: str, keys: dict[str, UUID | int], as_ada: Client
) -> None:
    answer = as_ada.get(reverse(f"portal:{name}", args=[keys[PORTAL[name].of]]))

    # 405: an address that only takes something. 286 ends a poll.
    assert answer.status_code in {200, 286, 302, 405} or name in ASKS_FOR_MORE
    assert answer.status_code != 403


@pytest.mark.parametrize("name", sorted(SIGNED_IN | OPEN.keys()))
def test_a_page_that_is_no_customers_is_the_same_for_everyone_who_signed_in(
    name: str, keys: dict[str, UUID | int], as_ada: Client, as_bob: Client, as_eve: Client
) -> None:
    address = reverse(name, args=ARGUMENTS.get(name, []))

    seen = {person.get(address).status_code for person in (as_ada, as_bob, as_eve)}

    assert len(seen) == 1
    assert max(seen) < 500


def without_token(page: bytes) -> bytes:
    """Each page hides its CSRF token under another mask."""
    return re.sub(rb'csrfmiddlewaretoken" value="\w+"', b"", page)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", PORTAL)
def test_to_another_customer_a_row_is_like_none(
    name: str, method: str, keys: dict[str, UUID | int], as_eve: Client
) -> None:
    foreign, unknown = (
        getattr(as_eve, method)(reverse(f"portal:{name}", args=[pk]))
        for pk in (keys[PORTAL[name].of], NOBODYS if PORTAL[name].of == "member" else uuid4())
    )

    assert foreign.status_code == unknown.status_code
    assert foreign.status_code in {404, 405}
    assert without_token(foreign.content) == without_token(unknown.content)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", ["csr_create", "csr_upload"])
def test_another_customers_certificate_cannot_be_renewed(
    name: str, method: str, active: PushCertificate, globex: Customer, as_eve: Client
) -> None:
    address = reverse(f"portal:{name}", args=[globex.pk])

    answer = getattr(as_eve, method)(f"{address}?renews={active.pk}")

    assert answer.status_code == 404


def test_what_is_no_key_cannot_be_renewed(acme: Customer, as_ada: Client) -> None:
    address = reverse("portal:csr_create", args=[acme.pk])

    assert as_ada.get(f"{address}?renews=x").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "status"), OPEN.items())
def test_an_open_page_answers_a_stranger(name: str, status: int, client: Client) -> None:
    answer = client.get(reverse(name, args=ARGUMENTS.get(name, [])))

    assert answer.status_code == status


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(SIGNED_IN))
def test_a_page_for_people_asks_a_stranger_to_sign_in(name: str, client: Client) -> None:
    address = reverse(name, args=ARGUMENTS.get(name, []))
    seen = client.get(address)
    # What only acts has no page to show.
    answer = client.post(address) if seen.status_code == 405 else seen

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_a_reader_is_told_why_not(acme: Customer, as_bob: Client) -> None:
    answer = as_bob.post(reverse("portal:csr_create", args=[acme.pk]), {"email": "a@b.example"})

    assert answer.status_code == 403
    assert "You may look at Acme and download, but not act for it." in answer.content.decode()


def test_a_reader_sees_no_buttons(keys: dict[str, UUID | int], as_bob: Client) -> None:
    pages = [
        as_bob.get(reverse(f"portal:{of}", args=[keys[of]])).content.decode()
        for of in ("customer", "csr", "certificate")
    ]

    for page in pages:
        assert page.count("<form") == 2, "those to sign out and to read in another language"
        assert "/csrs/new" not in page
        assert "/csrs/upload" not in page
        assert "/withdraw" not in page
        assert "/apple-account" not in page
        assert "/export" not in page
        assert "/key/delete" not in page


def test_a_poll_of_nobody_leads_the_page_to_the_sign_in(signed: CSR, client: Client) -> None:
    answer = client.get(
        reverse("portal:csr_progress", args=[signed.pk]), headers={"HX-Request": "true"}
    )

    assert answer["HX-Redirect"] == "/accounts/login/?next=/"
