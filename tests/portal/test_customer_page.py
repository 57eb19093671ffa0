"""The page of a customer, and the list of several: how push stands, and what was before."""

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, Membership, PushCertificate, User
from onboarding.pki.names import Subject
from onboarding.portal import steps
from onboarding.portal.home import ON_A_PAGE
from tests.portal.pages import text

pytestmark = pytest.mark.usefixtures("unknown_names_show")


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
    # Days are counted by midnights: an hour more would be another day, late in the evening.
    soon = timezone.now() + timedelta(days=9)
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
