"""Certificates, events and mails: shown, linked, never changed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from onboarding.models import (
    CSR,
    AppleCertificate,
    Customer,
    Event,
    Mail,
    PushCertificate,
    User,
    VendorCertificate,
)
from tests.admin.conftest import Clients
from tests.admin.pages import page

NOUNS = ("csr", "pushcertificate", "vendorcertificate", "event", "mail", "applecertificate")


def list_of(noun: str) -> str:
    return reverse(f"admin:onboarding_{noun}_changelist")


def one_of_each(active: PushCertificate) -> list[Model]:
    apple = AppleCertificate.objects.create(
        fingerprint_sha256="ab" * 32,
        subject="Apple Application Integration 2",
        not_after=timezone.now(),
        der=b"",
        added_at=timezone.now(),
    )
    found = [CSR.objects.first(), VendorCertificate.objects.first(), Mail.objects.first()]
    return [active, apple, *(row for row in found if row), *Event.objects.all()]


def test_every_record_has_its_page(staff_client: Client, active: PushCertificate) -> None:
    for row in one_of_each(active):
        assert staff_client.get(page(row)).status_code == 200, row
    for noun in NOUNS:
        assert staff_client.get(list_of(noun)).status_code == 200, noun


def test_no_record_can_be_changed_added_or_deleted_even_by_a_superuser(
    client_of: Clients, root: User, active: PushCertificate
) -> None:
    client = client_of(root)
    rows = one_of_each(active)

    for row in rows:
        delete = page(row).replace("/change/", "/delete/")
        assert client.post(page(row), {"state": "x"}).status_code == 403, row
        assert client.post(delete, {"post": "yes"}).status_code == 403, row
        row.refresh_from_db()
    for noun in NOUNS:
        assert client.post(f"{list_of(noun)}add/", {}).status_code == 403, noun


def test_a_certificate_leads_to_its_customer_and_csr(
    staff_client: Client, active: PushCertificate, acme: Customer
) -> None:
    content = staff_client.get(page(active)).content.decode()

    assert f'href="{page(acme)}"' in content
    assert f'href="{page(active.csr)}"' in content


def test_a_renewed_certificate_leads_to_its_successor_and_back(
    staff_client: Client, active: PushCertificate, signed_renewal: CSR
) -> None:
    content = staff_client.get(page(active)).content.decode()

    assert f'href="{page(signed_renewal)}"' in content


@pytest.mark.parametrize(
    ("days", "which", "mark"),
    [(200, "active", "Active"), (10, "soon", "Ends soon"), (-10, "expired", "Expired")],
)
def test_certificates_are_marked_by_their_end(
    staff_client: Client, active: PushCertificate, days: int, which: str, mark: str
) -> None:
    end = timezone.now() + timedelta(days=days)
    PushCertificate.objects.update(not_after=end, not_before=end - timedelta(days=365))

    answer = staff_client.get(list_of("pushcertificate"), {"which": which})

    assert list(answer.context["cl"].result_list) == [active]
    assert f">{mark}</span>" in answer.content.decode()


def test_superseded_certificates_are_listed_when_asked(
    staff_client: Client, active: PushCertificate
) -> None:
    PushCertificate.objects.update(state=PushCertificate.State.SUPERSEDED)

    default = staff_client.get(list_of("pushcertificate"))
    asked = staff_client.get(list_of("pushcertificate"), {"which": "superseded"})

    assert list(default.context["cl"].result_list) == []
    assert list(asked.context["cl"].result_list) == [active]


@pytest.mark.parametrize(("days", "mark"), [(200, "Current"), (10, "Ends in "), (-1, "Expired")])
def test_vendor_certificates_are_marked_by_their_end(
    staff_client: Client, signed: CSR, days: int, mark: str
) -> None:
    end = timezone.now() + timedelta(days=days)
    VendorCertificate.objects.update(not_after=end)

    assert mark in staff_client.get(list_of("vendorcertificate")).content.decode()


def test_events_are_listed_by_what_was_done(staff_client: Client, signed: CSR) -> None:
    answer = staff_client.get(list_of("event"), {"verb": "approve"})

    assert [event.verb for event in answer.context["cl"].result_list] == ["approve"]


def test_every_verb_that_is_written_can_be_chosen(
    staff_client: Client, active: PushCertificate, acme: Customer
) -> None:
    for verb in Event.objects.values_list("verb", flat=True).distinct():
        answer = staff_client.get(list_of("event"), {"verb": verb})

        assert {event.verb for event in answer.context["cl"].result_list} == {verb}


def test_mails_that_wait_are_told_from_those_sent(staff_client: Client, submitted: CSR) -> None:
    mail = Mail.objects.first()
    assert mail is not None
    Mail.objects.filter(pk=mail.pk).update(sent_at=timezone.now())

    sent = staff_client.get(list_of("mail"), {"sent": "yes"}).context["cl"].result_list
    unsent = staff_client.get(list_of("mail"), {"sent": "no"}).context["cl"].result_list

    assert list(sent) == [mail]
    assert mail not in unsent


def copies(row: Model, number: int, **unique: Callable[[int], object]) -> None:
    """As many rows like this one, with `unique` columns of their own."""
    model = type(row)
    fields = {field.attname: getattr(row, field.attname) for field in row._meta.fields}
    key = row._meta.pk.attname if row._meta.pk else "id"
    fields.pop(key)
    model._default_manager.bulk_create(
        [
            model(**{**fields, **{name: make(index) for name, make in unique.items()}})
            for index in range(number)
        ]
    )


@pytest.mark.parametrize("noun", ["event", "mail", "user", "customer"])
def test_each_list_asks_as_much_for_many_as_for_few(
    staff_client: Client, active: PushCertificate, ada: User, acme: Customer, noun: str
) -> None:
    rows: dict[str, tuple[Model | None, dict[str, Callable[[int], object]]]] = {
        "event": (Event.objects.first(), {}),
        "mail": (Mail.objects.first(), {"recipient": lambda index: f"m{index}@x.example"}),
        "user": (ada, {"email": lambda index: f"u{index}@x.example"}),
        "customer": (acme, {}),
    }
    row, unique = rows[noun]
    assert row is not None
    staff_client.get(list_of(noun))
    with CaptureQueriesContext(connection) as few:
        staff_client.get(list_of(noun))

    copies(row, 50, **unique)
    with CaptureQueriesContext(connection) as many:
        staff_client.get(list_of(noun))

    assert len(many) == len(few)
    assert len(many) < 15
