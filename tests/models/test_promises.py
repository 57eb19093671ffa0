"""The database keeps the promises itself: each is broken here behind the verbs' back."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from onboarding.models import (
    CSR,
    Approval,
    Customer,
    Event,
    Mail,
    Membership,
    PushCertificate,
    SeenKey,
    Topic,
    User,
)

HEX = "ab" * 32


def row(acme: Customer, ada: User, **columns: Any) -> CSR:
    now = timezone.now()
    fields = {"state": "requested", "origin": "uploaded", **columns}
    return CSR.objects.create(
        customer=acme, requested_by=ada, requested_at=now, state_since=now, **fields
    )


@pytest.mark.parametrize("state", ["submitted", "approved", "failed"])
def test_submitted_and_later_have_a_csr(acme: Customer, ada: User, state: str) -> None:
    with pytest.raises(IntegrityError, match="submitted_csr_has_der_and_key"), transaction.atomic():
        row(acme, ada, state=state, failure_code="x")


@pytest.mark.parametrize("state", ["signed", "fulfilled"])
def test_what_is_signed_keeps_its_csr(signed: CSR, state: str) -> None:
    with pytest.raises(IntegrityError, match="submitted_csr_has_der_and_key"), transaction.atomic():
        CSR.objects.filter(pk=signed.pk).update(state=state, der=None)


@pytest.mark.parametrize("state", ["signed", "fulfilled"])
def test_signed_and_later_have_a_signature(acme: Customer, ada: User, state: str) -> None:
    with pytest.raises(IntegrityError, match="signed_csr_has_its_signature"), transaction.atomic():
        row(acme, ada, state=state, der=b"x", public_key_sha256=HEX)


def test_what_is_made_here_has_a_sealed_key(acme: Customer, ada: User) -> None:
    with (
        pytest.raises(IntegrityError, match="csr_made_here_has_a_sealed_key"),
        transaction.atomic(),
    ):
        row(acme, ada, state="submitted", origin="made_here", der=b"x", public_key_sha256=HEX)


def test_a_rejection_has_a_reason(acme: Customer, ada: User) -> None:
    with pytest.raises(IntegrityError, match="rejected_csr_has_a_reason"), transaction.atomic():
        row(acme, ada, state="rejected", der=b"x", public_key_sha256=HEX)


def test_a_failure_has_its_error(acme: Customer, ada: User) -> None:
    with pytest.raises(IntegrityError, match="failed_csr_has_its_error"), transaction.atomic():
        row(acme, ada, state="failed", der=b"x", public_key_sha256=HEX)


@pytest.mark.parametrize(
    ("columns", "promise"),
    [({"state": "signing"}, "csr_state_is_known"), ({"origin": "mail"}, "csr_origin_is_known")],
)
def test_words_are_known(acme: Customer, ada: User, columns: dict[str, str], promise: str) -> None:
    with pytest.raises(IntegrityError, match=promise), transaction.atomic():
        row(acme, ada, **columns)


def test_one_live_csr_per_public_key(acme: Customer, ada: User) -> None:
    row(acme, ada, state="submitted", der=b"x", public_key_sha256=HEX)

    with pytest.raises(IntegrityError, match=r"(?i)unique"), transaction.atomic():
        row(acme, ada, state="submitted", der=b"x", public_key_sha256=HEX)

    row(acme, ada, state="withdrawn", der=b"x", public_key_sha256=HEX)


def test_one_live_renewal_per_certificate(active: PushCertificate, ada: User) -> None:
    row(active.customer, ada, renews=active)

    with pytest.raises(IntegrityError, match=r"(?i)unique"), transaction.atomic():
        row(active.customer, ada, renews=active)


def test_a_key_belongs_to_one_customer(acme: Customer, globex: Customer) -> None:
    SeenKey.objects.create(public_key_sha256=HEX, customer=acme)

    with pytest.raises(IntegrityError), transaction.atomic():
        SeenKey.objects.create(public_key_sha256=HEX, customer=globex)


def test_a_topic_belongs_to_one_customer(acme: Customer, globex: Customer) -> None:
    Topic.objects.create(name="com.apple.mgmt.External.1", customer=acme)

    with pytest.raises(IntegrityError), transaction.atomic():
        Topic.objects.create(name="com.apple.mgmt.External.1", customer=globex)


def certificate(csr: CSR, **columns: Any) -> PushCertificate:
    now = timezone.now()
    fields = {
        "topic": "com.apple.mgmt.External.1",
        "not_before": now,
        "not_after": now + timedelta(days=1),
        "fingerprint_sha256": HEX,
        **columns,
    }
    return PushCertificate.objects.create(
        customer=csr.customer, csr=csr, serial="1", issuer="x", der=b"x", activated_at=now, **fields
    )


def test_one_active_certificate_per_topic(acme: Customer, ada: User) -> None:
    certificate(row(acme, ada))

    with pytest.raises(IntegrityError, match=r"(?i)unique"), transaction.atomic():
        certificate(row(acme, ada), fingerprint_sha256="cd" * 32)

    certificate(row(acme, ada), fingerprint_sha256="ef" * 32, state="superseded")


def test_only_an_mdm_topic_is_kept(acme: Customer, ada: User) -> None:
    with pytest.raises(IntegrityError, match="topic_is_an_mdm_topic"), transaction.atomic():
        certificate(row(acme, ada), topic="com.example.app")


def test_a_certificate_ends_after_it_begins(acme: Customer, ada: User) -> None:
    with (
        pytest.raises(IntegrityError, match="certificate_ends_after_it_begins"),
        transaction.atomic(),
    ):
        certificate(row(acme, ada), not_after=timezone.now() - timedelta(days=9))


def test_a_certificate_state_is_known(acme: Customer, ada: User) -> None:
    with pytest.raises(IntegrityError, match="certificate_state_is_known"), transaction.atomic():
        certificate(row(acme, ada), state="expired")


def test_one_approval_per_person(acme: Customer, ada: User, sam: User) -> None:
    csr = row(acme, ada)
    Approval.objects.create(csr=csr, staff=sam, given_at=timezone.now())

    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.create(csr=csr, staff=sam, given_at=timezone.now())


def test_one_mail_per_occasion_and_address(acme: Customer, ada: User) -> None:
    csr = row(acme, ada)
    Mail.objects.create(kind="ready", csr=csr, recipient="a@b.example", queued_at=timezone.now())

    with pytest.raises(IntegrityError), transaction.atomic():
        Mail.objects.create(
            kind="ready", csr=csr, recipient="a@b.example", queued_at=timezone.now()
        )


def test_a_country_is_two_letters(db: None) -> None:
    with pytest.raises(IntegrityError, match="country_is_two_letters"), transaction.atomic():
        Customer.objects.create(name="Acme", country="Germany"[:2])


def test_one_person_per_address(ada: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user(ada.email.upper(), name="Another Ada")


def test_a_role_is_known(acme: Customer, sam: User) -> None:
    with pytest.raises(IntegrityError, match="membership_role_is_known"), transaction.atomic():
        Membership.objects.create(user=sam, customer=acme, role="owner")


@pytest.mark.parametrize(
    "statement",
    ["UPDATE onboarding_event SET verb = 'nothing'", "DELETE FROM onboarding_event"],
)
def test_events_are_append_only_in_the_database_itself(csr: CSR, statement: str) -> None:
    before = list(Event.objects.values())

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert list(Event.objects.values()) == before


def test_no_event_is_replaced_by_another(csr: CSR) -> None:
    replace = {
        "sqlite": "REPLACE INTO onboarding_event SELECT * FROM onboarding_event",
        "postgresql": "INSERT INTO onboarding_event SELECT * FROM onboarding_event"
        " ON CONFLICT (id) DO UPDATE SET verb = 'nothing'",
    }[connection.vendor]

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(replace)


def test_all_events_at_once_are_refused_too(csr: CSR) -> None:
    every = {"sqlite": "DELETE FROM", "postgresql": "TRUNCATE"}[connection.vendor]
    # PostgreSQL truncates nothing that a statement of this transaction has still to be checked for.
    connection.check_constraints()

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"{every} onboarding_event")

    assert Event.objects.exists()


def test_events_cannot_be_changed_through_the_orm(csr: CSR) -> None:
    with pytest.raises(TypeError, match="never changed"):
        Event.objects.all().update(verb="nothing")
    with pytest.raises(TypeError, match="never deleted"):
        Event.objects.all().delete()


def test_nothing_that_has_history_can_be_deleted(active: PushCertificate, ada: User) -> None:
    for thing in (active.customer, active.csr, active, ada):
        with pytest.raises(ProtectedError):
            thing.delete()
