"""What the pages say in each state, and what it costs to say it."""

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, Event, Membership, PushCertificate, User
from onboarding.pki.names import Subject
from tests.portal.pages import text

MANY_QUERIES = 14

pytestmark = pytest.mark.usefixtures("unknown_names_show")


def test_a_csr_is_created_with_the_customers_names(
    as_ada: Client, acme: Customer, ada: User
) -> None:
    answer = as_ada.post(reverse("portal:csr_create", args=[acme.pk]), {"email": "it@acme.example"})

    csr = CSR.objects.get()
    assert answer["Location"] == csr.get_absolute_url()
    assert (csr.organization, csr.country, csr.email) == ("Acme", "DE", "it@acme.example")
    assert (csr.state, csr.requested_by) == (CSR.State.REQUESTED, ada)


@pytest.mark.parametrize("email", ["", "nobody", "jürgen@exämple.example"])
def test_a_wrong_address_is_refused_and_kept(email: str, as_ada: Client, acme: Customer) -> None:
    answer = as_ada.post(reverse("portal:csr_create", args=[acme.pk]), {"email": email})

    assert answer.status_code == 422
    assert answer.context["form"].errors["email"]
    assert answer.context["form"]["email"].value() == email
    assert not CSR.objects.exists()


def test_beside_an_active_certificate_renewing_is_offered(
    as_ada: Client, active: PushCertificate
) -> None:
    page = text(as_ada.get(reverse("portal:csr_create", args=[active.customer_id])))

    assert "Acme has an active push certificate." in page
    assert f'href="?renews={active.pk}"' in page


def test_a_renewal_knows_what_it_renews(as_ada: Client, active: PushCertificate) -> None:
    address = reverse("portal:csr_create", args=[active.customer_id])

    as_ada.post(f"{address}?renews={active.pk}", {"email": "it@acme.example"})

    assert CSR.objects.live().get().renews == active


def test_a_second_renewal_leads_to_the_first(as_ada: Client, signed_renewal: CSR) -> None:
    address = reverse("portal:csr_create", args=[signed_renewal.customer_id])

    answer = as_ada.get(f"{address}?renews={signed_renewal.renews_id}", follow=True)

    assert answer.redirect_chain == [(signed_renewal.get_absolute_url(), 302)]
    assert "being renewed already" in text(answer)


def test_a_revoked_certificate_is_not_renewed(as_ada: Client, active: PushCertificate) -> None:
    PushCertificate.objects.update(
        state=PushCertificate.State.REVOKED, revocation_reason="Its key was lost."
    )
    address = reverse("portal:csr_create", args=[active.customer_id])

    answer = as_ada.get(f"{address}?renews={active.pk}")

    assert answer.status_code == 409
    assert (
        "This certificate is not the active one any more (Revoked), so it cannot be renewed."
        in text(answer)
    )


def test_the_apple_account_is_noted(as_ada: Client, acme: Customer) -> None:
    address = reverse("portal:apple_account", args=[acme.pk])

    as_ada.post(address, {"apple_account": "new@acme.example"})

    acme.refresh_from_db()
    event = Event.objects.get()
    assert acme.apple_account == "new@acme.example"
    assert (event.verb, event.customer) == ("set_apple_account", acme)
    assert event.facts == {"apple_account": "new@acme.example", "before": "push@acme.example"}


def test_the_same_apple_account_is_no_event(as_ada: Client, acme: Customer) -> None:
    as_ada.post(
        reverse("portal:apple_account", args=[acme.pk]), {"apple_account": acme.apple_account}
    )

    assert not Event.objects.exists()


def test_a_wrong_apple_account_is_kept_in_the_field(as_ada: Client, acme: Customer) -> None:
    answer = as_ada.post(
        reverse("portal:apple_account", args=[acme.pk]), {"apple_account": "nobody"}
    )

    assert answer.status_code == 422
    assert 'value="nobody"' in text(answer)


def test_the_vendors_people_are_not_named_to_customers(as_ada: Client, signed: CSR) -> None:
    page = text(as_ada.get(signed.get_absolute_url()))

    assert "Approved" in page
    assert "Sam" not in page
    assert "sam@vendor.example" not in page


@pytest.mark.parametrize("anchors", ["anchors.pem", None])
def test_every_page_says_when_the_root_is_a_stand_in(
    anchors: str | None, client: Client, db: None, settings: Settings
) -> None:
    settings.TRUST_ANCHORS = anchors

    said = [
        "stand-in root" in text(client.get(address))
        for address in ("/accounts/login/", "/accounts/password/reset/", "/nothing")
    ]

    assert said == [anchors is not None] * 3


@pytest.mark.parametrize("kind", ["csr", "customer", "certificate", "home"])
def test_a_page_asks_the_database_a_bounded_number_of_times(
    kind: str,
    as_ada: Client,
    ada: User,
    acme: Customer,
    globex: Customer,
    signed_renewal: CSR,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(25):
        many = lifecycle.request_csr(
            acme, subject=Subject(common_name=f"{number}"), by=Actor.of(ada)
        )
        if number % 2:
            lifecycle.withdraw(many, by=Actor.of(ada))
    Membership.objects.create(user=ada, customer=globex, role=Membership.Role.READER)
    assert signed_renewal.renews is not None
    address = {
        "csr": signed_renewal.get_absolute_url(),
        "customer": acme.get_absolute_url(),
        "certificate": signed_renewal.renews.get_absolute_url(),
        "home": "/",
    }[kind]

    with django_assert_max_num_queries(MANY_QUERIES):
        assert as_ada.get(address).status_code == 200


@pytest.mark.django_db
def test_who_cannot_sign_in_is_told_whom_to_ask(client: Client, settings: Settings) -> None:
    page = reverse("account_login")
    assert "Questions?" not in text(client.get(page))
    settings.VENDOR_CONTACT = ["help@vendor.example", "https://vendor.example/help"]

    shown = text(client.get(page))

    assert '<a href="mailto:help@vendor.example" rel="noreferrer">help@vendor.example</a>,' in shown
    assert '<a href="https://vendor.example/help" rel="noreferrer">' in shown


def test_the_health_check_needs_the_database(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise DatabaseError("no")

    well = client.get("/healthz")
    with monkeypatch.context() as outage:
        outage.setattr(connection, "cursor", broken)
        ill = client.get("/healthz")

    assert (well.status_code, well.content) == (200, b"ok\n")
    assert (ill.status_code, ill.content) == (503, b"The database does not answer.\n")


def test_a_crash_is_told_in_our_words(
    as_ada: Client, acme: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("onboarding.portal.access.customer", broken)
    as_ada.raise_request_exception = False

    answer = as_ada.get(acme.get_absolute_url())

    assert answer.status_code == 500
    assert "Something broke on our side" in text(answer)
    assert "boom" not in text(answer)


def test_a_form_without_its_token_is_told_in_our_words(ada: User, acme: Customer) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)

    answer = strict.post(reverse("portal:csr_create", args=[acme.pk]))

    assert answer.status_code == 403
    assert "This form is out of date" in text(answer)


def test_the_pages_run_no_script_but_their_own(as_ada: Client, csr: CSR) -> None:
    answer = as_ada.get(csr.get_absolute_url())

    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert " style=" not in answer.content.decode()
    assert " onclick=" not in answer.content.decode()


def test_a_form_that_is_sent_twice_asks_for_one_csr(as_ada: Client, acme: Customer) -> None:
    address = reverse("portal:csr_create", args=[acme.pk])
    asked = as_ada.get(address).context["form"]["csr"].value()
    form = {"csr": str(asked), "email": "push@acme.example"}

    first, second = (as_ada.post(address, form) for _ in range(2))

    assert first["Location"] == second["Location"] == f"/csrs/{asked}/"
    assert acme.csrs.count() == 1


def test_another_customers_csr_is_not_taken_by_naming_it(
    as_ada: Client, acme: Customer, signed_at_globex: CSR
) -> None:
    address = reverse("portal:csr_create", args=[acme.pk])

    answer = as_ada.post(address, {"csr": str(signed_at_globex.pk), "email": "push@acme.example"})

    assert answer.status_code == 404
    assert acme.csrs.count() == 0
