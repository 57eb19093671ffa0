"""What the pages say in each state, and what it costs to say it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol
from uuid import uuid4

import pytest
import time_machine
from django.db import DatabaseError, connection
from django.template import Engine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from onboarding import errors, lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, Event, Membership, PushCertificate, User
from onboarding.pki.names import Subject
from onboarding.portal import steps
from onboarding.portal.home import ON_A_PAGE

MANY_QUERIES = 14
MISSING = "!!! %s !!!"


class Answer(Protocol):
    """What the test client returns; its own type is none of Django's."""

    @property
    def content(self) -> bytes: ...


def text(answer: Answer) -> str:
    """The page on one line, after a look for names that its templates did not find."""
    page = " ".join(answer.content.decode().split())
    assert "!!!" not in page
    return page


@pytest.fixture(autouse=True)
def unknown_names_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Engine.get_default(), "string_if_invalid", MISSING)


def test_with_one_customer_its_page_is_the_overview(as_ada: Client, acme: Customer) -> None:
    assert as_ada.get("/")["Location"] == acme.get_absolute_url()


def test_with_several_customers_all_are_listed(as_ada: Client, ada: User, globex: Customer) -> None:
    Membership.objects.create(user=ada, customer=globex, role=Membership.Role.READER)

    page = text(as_ada.get("/"))

    assert ">Acme</a>" in page
    assert ">Globex</a>" in page


def test_without_a_customer_the_page_says_whom_to_ask(
    client: Client, django_user_model: type[User]
) -> None:
    nat = django_user_model.objects.create_user("nat@nowhere.example", name="Nat")
    client.force_login(nat)

    assert "You belong to no organisation here yet" in text(client.get("/"))


def test_staff_are_pointed_to_their_own_pages(
    client_of: Callable[[User], Client], sam: User
) -> None:
    page = text(client_of(sam).get("/"))

    assert 'href="/admin/">To the staff pages' in page


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


def test_a_requested_csr_moves_on_by_itself(as_ada: Client, csr: CSR) -> None:
    page = text(as_ada.get(csr.get_absolute_url()))

    assert "Key and CSR are being made" in page
    assert f'hx-get="/csrs/{csr.pk}/progress?seen=requested" hx-trigger="every 1s"' in page
    assert "load it again" in page


def test_a_poll_without_news_changes_nothing(as_ada: Client, csr: CSR) -> None:
    answer = as_ada.get(reverse("portal:csr_progress", args=[csr.pk]) + "?seen=requested")

    assert (answer.status_code, answer.content) == (204, b"")


def test_a_poll_with_news_brings_them_and_goes_on(as_ada: Client, submitted: CSR) -> None:
    answer = as_ada.get(reverse("portal:csr_progress", args=[submitted.pk]) + "?seen=requested")

    assert answer.status_code == 200
    assert "progress?seen=submitted" in text(answer)


def test_a_poll_brings_a_question_that_is_new(as_ada: Client, submitted: CSR, sam: User) -> None:
    progress = reverse("portal:csr_progress", args=[submitted.pk])
    before = as_ada.get(f"{progress}?seen=submitted")
    lifecycle.ask_customer(submitted, question="Which server is it for?", by=Actor.of(sam))

    news = as_ada.get(f"{progress}?seen=submitted")
    (address,) = re.findall(rf"{progress}\?seen=[\w-]+", text(news))
    after = as_ada.get(address)

    assert before.status_code == 204
    assert "Which server is it for?" in text(news)
    assert "asks something about this CSR." in text(news).rpartition('id="said"')[2]
    assert after.status_code == 204


def test_polling_ends_when_it_is_the_customers_turn(as_ada: Client, signed: CSR) -> None:
    answer = as_ada.get(reverse("portal:csr_progress", args=[signed.pk]) + "?seen=approved")

    assert answer.status_code == 286
    assert "hx-get" not in text(answer)
    assert "Your turn" in text(answer)


def test_a_submitted_csr_says_how_long_it_waits(as_ada: Client, submitted: CSR) -> None:
    CSR.objects.update(state_since=timezone.now() - timedelta(hours=3))

    page = text(as_ada.get(submitted.get_absolute_url()))

    assert "3 hours ago" in page
    assert "asked for by Ada" in page


def test_a_signed_csr_tells_the_way_through_apples_portal(
    as_ada: Client, signed: CSR, settings: Settings
) -> None:
    page = text(as_ada.get(signed.get_absolute_url()))

    assert settings.APPLE_PORTAL_URL in page
    assert "push@acme.example" in page
    assert "Press Create a Certificate" in page


def test_a_renewal_names_the_row_at_apple(as_ada: Client, signed_renewal: CSR) -> None:
    renewed = signed_renewal.renews
    assert renewed is not None

    page = text(as_ada.get(signed_renewal.get_absolute_url()))

    assert "Press Renew on this row" in page
    assert f"APSP:{renewed.topic.rpartition('.')[2]}" in page
    assert renewed.topic in page
    assert f"{renewed.not_after.day} {renewed.not_after:%B %Y, %H:%M} UTC" in page
    assert "<strong>push@acme.example</strong>" in page
    assert "Press Create a Certificate" not in page


def test_a_request_signed_with_an_ended_certificate_is_told_of(as_ada: Client, signed: CSR) -> None:
    assert signed.vendor_certificate is not None
    late = signed.vendor_certificate.not_after + timedelta(days=1)

    with time_machine.travel(late, tick=False):
        as_ada.force_login(signed.requested_by)
        page = text(as_ada.get(signed.get_absolute_url()))

    assert "Apple will not take this signed request any more." in page


def test_a_rejected_csr_shows_the_reason_and_a_new_start(
    as_ada: Client, submitted: CSR, sam: User
) -> None:
    lifecycle.reject(submitted, reason="Wrong <b>company</b>.", by=Actor.of(sam))

    page = text(as_ada.get(submitted.get_absolute_url()))

    assert "Wrong &lt;b&gt;company&lt;/b&gt;." in page
    assert "Start again" in page


def test_a_failed_csr_says_so_in_plain_words(as_ada: Client, approved: CSR) -> None:
    lifecycle.record_failure(
        approved, error=errors.InvalidIdentity("The key is gone."), by=Actor.signer()
    )

    page = text(as_ada.get(approved.get_absolute_url()))

    assert "The signature did not work out" in page
    assert "The key is gone." not in page, "the signer's own words are for staff"
    assert "You have nothing to mend" in page


def test_withdrawing_asks_first(as_ada: Client, submitted: CSR) -> None:
    answer = as_ada.get(reverse("portal:withdraw", args=[submitted.pk]))

    submitted.refresh_from_db()
    assert "Withdraw this CSR?" in text(answer)
    assert submitted.state == CSR.State.SUBMITTED


def test_a_csr_is_withdrawn(as_ada: Client, submitted: CSR) -> None:
    answer = as_ada.post(reverse("portal:withdraw", args=[submitted.pk]), follow=True)

    submitted.refresh_from_db()
    assert submitted.state == CSR.State.WITHDRAWN
    assert "This CSR was withdrawn" in text(answer)


def test_what_is_over_cannot_be_withdrawn(as_ada: Client, active: PushCertificate) -> None:
    address = reverse("portal:withdraw", args=[active.csr_id])

    assert as_ada.get(address).status_code == 302
    assert as_ada.post(address).status_code == 409


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


def test_the_customers_page_shows_the_certificate_in_force(
    as_bob: Client, active: PushCertificate
) -> None:
    page = text(as_bob.get(active.customer.get_absolute_url()))

    assert "Push can work until" in page
    assert active.topic in page
    assert "push@acme.example" in page
    assert "".join(f"<span>{active.serial[i : i + 4]}</span><wbr>" for i in (0, 4)) in page


@pytest.mark.parametrize(
    ("days", "headline", "to_do"),
    [
        (-5, "Push ended", "Renew now"),
        (12, "Push ends", "Renew now"),
        (80, "Push can work until", "There is time"),
        (300, "Push can work until", "Nothing. From"),
    ],
)
def test_the_overview_says_whether_push_works_and_what_to_do(
    days: int, headline: str, to_do: str, as_ada: Client, active: PushCertificate
) -> None:
    now = timezone.now()
    PushCertificate.objects.update(
        not_before=now - timedelta(days=365),
        not_after=now + timedelta(days=days, hours=1),
        taken_along_at=now,
    )

    page = text(as_ada.get(active.customer.get_absolute_url()))

    assert headline in page
    assert to_do in page
    assert (f"/certificates/{active.pk}/renew" in page) == (days < 90)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("unfit_key", "it has to be RSA with 2048 bits"),
        ("damaged_record", "could not take the CSR as it is stored here"),
    ],
)
def test_a_failure_is_told_in_the_customers_words(
    code: str, said: str, as_ada: Client, approved: CSR
) -> None:
    CSR.objects.update(
        state=CSR.State.FAILED, failure_code=code, failure_sentence="Somebody changed the database."
    )

    page = text(as_ada.get(approved.get_absolute_url()))

    assert said in page
    assert "Somebody changed the database." not in page


def test_the_list_at_apple_goes_on_with_the_numbers_of_the_steps(
    as_ada: Client, signed_renewal: CSR
) -> None:
    page = text(as_ada.get(signed_renewal.get_absolute_url()))

    titles = ("Download the signed request", "At Apple", "Upload the certificate here")
    (todo,) = re.findall(r'<ol class="todo late" start="(\d+)">(.*?)</ol>', page)
    assert int(todo[0]) == steps.Place.DOWNLOAD + 1
    assert re.findall(r"<h3>(.*?)</h3>", todo[1]) == list(titles)
    assert page.count("<ol class=") - page.count('<ol class="log"') == 2


def test_an_empty_overview_shows_the_first_step(as_ada: Client, acme: Customer) -> None:
    page = text(as_ada.get(acme.get_absolute_url()))

    assert "Push is not set up yet" in page
    assert reverse("portal:csr_start", args=[acme.pk]) in page
    assert "<table" not in page


def test_a_reader_of_an_empty_overview_is_told_whose_turn_it_is(
    as_bob: Client, acme: Customer
) -> None:
    page = text(as_bob.get(acme.get_absolute_url()))

    assert "An admin of Acme takes the first step." in page


def test_the_overview_puts_first_what_waits_for_the_customer(
    as_ada: Client, ada: User, acme: Customer, signed_renewal: CSR
) -> None:
    CSR.objects.filter(pk=signed_renewal.pk).update(requested_at=timezone.now())
    older = lifecycle.request_csr(acme, subject=Subject(common_name="x"), by=Actor.of(ada))
    CSR.objects.filter(pk=older.pk).update(requested_at=timezone.now() - timedelta(days=3))

    page = text(as_ada.get(acme.get_absolute_url()))

    to_do = page[page.index("What to do now") :]
    assert to_do.index("Your turn") < to_do.index("The portal is making key and CSR")
    assert to_do.index(signed_renewal.get_absolute_url()) < to_do.index(older.get_absolute_url())


def test_of_several_certificates_the_overview_is_about_the_one_that_ends_first(
    as_ada: Client, active: PushCertificate
) -> None:
    soon = timezone.now() + timedelta(days=9, hours=1)
    csr = CSR.objects.get(pk=active.csr.pk)
    csr.pk, csr.public_key_sha256 = None, "f" * 64
    csr.id = uuid4()
    csr.save(force_insert=True)
    PushCertificate.objects.create(
        customer=active.customer,
        csr=csr,
        topic="com.apple.mgmt.External.second",
        serial="AB",
        issuer="Apple",
        not_before=soon - timedelta(days=365),
        not_after=soon,
        fingerprint_sha256="f" * 64,
        der=b"-",
        activated_at=timezone.now(),
    )

    page = text(as_ada.get(active.customer.get_absolute_url()))

    assert "Push ends in 9 days" in page.replace("\xa0", " ")
    assert "Of your 2 certificates, this is about the one that ends first." in page


def test_the_list_of_customers_says_how_each_stands(
    as_ada: Client, ada: User, active: PushCertificate, globex: Customer
) -> None:
    Membership.objects.create(user=ada, customer=globex, role=Membership.Role.READER)

    page = text(as_ada.get("/"))
    body = page[page.index("<main") :]

    assert body.index("Push certificate valid until") < body.index("No push certificate yet")


def test_in_the_list_a_reader_is_not_told_that_it_is_their_turn(
    as_ada: Client, as_bob: Client, bob: User, ada: User, globex: Customer, signed: CSR
) -> None:
    for person in (ada, bob):
        Membership.objects.create(user=person, customer=globex, role=Membership.Role.READER)

    assert "Your turn" in text(as_ada.get("/"))
    assert "An admin of Acme takes it to Apple" in text(as_bob.get("/"))


def test_many_customers_are_searched_and_told_in_pages(
    as_ada: Client, ada: User, acme: Customer
) -> None:
    for number in range(ON_A_PAGE + 5):
        one = Customer.objects.create(name=f"Branch {number:03}", country="DE")
        Membership.objects.create(user=ada, customer=one, role=Membership.Role.READER)

    pages = [text(as_ada.get(f"/?{query}")) for query in ("page=1", "page=2", "q=ranch+007", "q=x")]
    bodies = [page[page.index("<main") :] for page in pages]

    assert [body.count('class="title"') for body in bodies] == [ON_A_PAGE, 6, 1, 0]
    assert "None of your organisations has “x” in its name." in bodies[3]


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


def test_a_long_history_is_told_in_pages(as_ada: Client, ada: User, acme: Customer) -> None:
    for number in range(21):
        csr = lifecycle.request_csr(
            acme, subject=Subject(common_name=f"{number}"), by=Actor.of(ada)
        )
        lifecycle.withdraw(csr, by=Actor.of(ada))
    address = reverse("portal:history", args=[acme.pk])

    first, last = (text(as_ada.get(f"{address}?page={page}")) for page in ("1", "2"))

    assert (first.count("Withdrawn"), last.count("Withdrawn")) == (20, 1)


def test_a_certificate_from_before_is_in_the_history(
    as_bob: Client, active: PushCertificate
) -> None:
    PushCertificate.objects.filter(pk=active.pk).update(csr=None)
    CSR.objects.update(state=CSR.State.WITHDRAWN)

    page = text(as_bob.get(reverse("portal:history", args=[active.customer_id])))

    assert "Certificates from before you came here" in page
    assert active.get_absolute_url() in page
    shown = text(as_bob.get(f"{active.get_absolute_url()}?server=nanomdm"))
    assert "Put the certificate beside its key" in shown


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


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ("csr", "done done now ahead ahead ahead ahead"),
        ("submitted", "done done done now ahead ahead ahead"),
        ("approved", "done done done now ahead ahead ahead"),
        ("signed", "done done done done now ahead ahead"),
    ],
)
def test_the_steps_follow_the_state(
    made: str, expected: str, request: pytest.FixtureRequest
) -> None:
    csr: CSR = request.getfixturevalue(made)

    found = [step.progress.value for step in steps.of(csr, csr.events.all(), has_account=True)]

    assert " ".join(found) == expected


def test_a_withdrawn_csr_stops_where_it_was(signed: CSR, ada: User) -> None:
    lifecycle.withdraw(signed, by=Actor.of(ada))

    found = [
        step.progress.value for step in steps.of(signed, signed.events.all(), has_account=True)
    ]

    assert found == ["done"] * 4 + ["stopped", "ahead", "ahead"]


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
