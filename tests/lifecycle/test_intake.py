"""A CSR comes in, made here or uploaded."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.files.storage import default_storage

from onboarding import errors, keys, lifecycle, storage, tasks
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, Event, Mail, PushCertificate, SeenKey, User
from onboarding.pki.names import Subject
from tests.conftest import CUSTODY_PRIVATE_KEY

SUBJECT = Subject(common_name="push", country="DE")


def own_csr(push_key: rsa.RSAPrivateKey | None = None) -> bytes:
    return keys.build_csr(push_key or keys.new_push_key(), SUBJECT)


def test_a_reader_cannot_ask_for_a_csr(bob: User, acme: Customer) -> None:
    with pytest.raises(errors.NotAllowed, match="not act for it"):
        lifecycle.request_csr(acme, subject=SUBJECT, by=Actor.of(bob))

    assert not CSR.objects.exists()


def test_a_stranger_cannot_ask_for_a_csr(eve: User, acme: Customer) -> None:
    with pytest.raises(errors.NotAllowed):
        lifecycle.request_csr(acme, subject=SUBJECT, by=Actor.of(eve))


def test_a_person_whose_account_is_closed_cannot_act(ada: User, acme: Customer) -> None:
    ada.is_active = False

    with pytest.raises(errors.NotAllowed):
        lifecycle.request_csr(acme, subject=SUBJECT, by=Actor.of(ada))


def test_a_process_cannot_ask_for_a_csr(acme: Customer) -> None:
    with pytest.raises(errors.NotAllowed):
        lifecycle.request_csr(acme, subject=SUBJECT, by=Actor.worker())


def test_the_worker_makes_key_and_csr(csr: CSR) -> None:
    tasks.make_csr(str(csr.pk))

    csr.refresh_from_db()
    assert csr.state == CSR.State.SUBMITTED
    parsed = x509.load_der_x509_csr(bytes(csr.der or b""))
    push_key = keys.unseal(
        storage.get(csr.sealed_key), csr_id=csr.pk, custody_private_key=CUSTODY_PRIVATE_KEY
    )
    assert push_key.public_key() == parsed.public_key()
    assert parsed.subject.rfc4514_string() == "C=DE,CN=Acme push"


def test_the_same_nudge_twice_makes_one_csr(submitted: CSR) -> None:
    before = bytes(submitted.der or b"")

    tasks.make_csr(str(submitted.pk))

    submitted.refresh_from_db()
    assert bytes(submitted.der or b"") == before
    assert Event.objects.filter(csr=submitted, verb="submit").count() == 1
    _, sealed_keys = default_storage.listdir(submitted.sealed_key.rsplit("/", 1)[0])
    folders, _ = default_storage.listdir(storage.SEALED_KEYS)
    assert (len(folders), len(sealed_keys)) == (1, 1)


def test_a_withdrawal_while_the_key_is_made_stands(
    csr: CSR, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = keys.new_push_key()

    def slow() -> rsa.RSAPrivateKey:
        lifecycle.withdraw(csr, by=Actor.of(ada))
        return made

    monkeypatch.setattr(keys, "new_push_key", slow)
    tasks.make_csr(str(csr.pk))

    csr.refresh_from_db()
    assert csr.state == CSR.State.WITHDRAWN
    assert csr.der is None
    assert not SeenKey.objects.exists()


def test_an_uploaded_csr_is_submitted_at_once(ada: User, acme: Customer, sam: User) -> None:
    csr = lifecycle.submit_upload(acme, der=own_csr(), upload="uploads/x", by=Actor.of(ada))

    assert csr.state == CSR.State.SUBMITTED
    assert csr.common_name == "push"
    assert csr.sealed_key == ""
    assert [mail.recipient for mail in csr.mails.all()] == [sam.email]
    verbs = Event.objects.filter(csr=csr, actor=ada).values_list("verb", flat=True)
    assert list(verbs) == ["request_csr", "submit"]


def test_a_key_of_another_customer_is_never_taken(
    ada: User, acme: Customer, eve: User, globex: Customer
) -> None:
    der = own_csr()
    lifecycle.submit_upload(acme, der=der, upload="", by=Actor.of(ada))

    with pytest.raises(errors.KeyReused, match="used before"):
        lifecycle.submit_upload(globex, der=der, upload="", by=Actor.of(eve))

    assert not CSR.objects.filter(customer=globex).exists()


def test_a_key_of_another_customer_is_not_taken_after_a_withdrawal_either(
    ada: User, acme: Customer, eve: User, globex: Customer
) -> None:
    der = own_csr()
    csr = lifecycle.submit_upload(acme, der=der, upload="", by=Actor.of(ada))
    lifecycle.withdraw(csr, by=Actor.of(ada))

    with pytest.raises(errors.KeyReused):
        lifecycle.submit_upload(globex, der=der, upload="", by=Actor.of(eve))


def test_a_key_in_a_live_csr_is_not_taken_again(ada: User, acme: Customer) -> None:
    der = own_csr()
    lifecycle.submit_upload(acme, der=der, upload="", by=Actor.of(ada))

    with pytest.raises(errors.KeyReused, match="Go on with that one"):
        lifecycle.submit_upload(acme, der=der, upload="", by=Actor.of(ada))


def test_a_key_of_a_fulfilled_csr_is_not_taken_again(
    active: PushCertificate, ada: User, acme: Customer
) -> None:
    der = bytes(active.csr.der or b"")

    # There is nothing to go on with.
    with pytest.raises(errors.KeyReused, match="that of a certificate which you have"):
        lifecycle.submit_upload(acme, der=der, upload="", by=Actor.of(ada))


def test_a_key_comes_back_after_a_rejection(ada: User, acme: Customer, sam: User) -> None:
    der = own_csr()
    first = lifecycle.submit_upload(acme, der=der, upload="", by=Actor.of(ada))
    lifecycle.reject(first, reason="Wrong company in the subject.", by=Actor.of(sam))

    second = lifecycle.submit_upload(acme, der=der, upload="", by=Actor.of(ada))

    assert second.state == CSR.State.SUBMITTED


def test_the_vendors_own_key_is_never_taken(ada: User, acme: Customer, signed: CSR) -> None:
    vendor = signed.vendor_certificate
    assert vendor is not None

    assert SeenKey.objects.get(pk=vendor.public_key_sha256).customer is None


def test_only_the_worker_submits_what_is_made_here(csr: CSR, ada: User) -> None:
    with pytest.raises(errors.NotAllowed):
        lifecycle.submit(csr, der=own_csr(), sealed_key="x", custody_key="x", by=Actor.of(ada))


def test_only_the_own_active_certificate_is_renewed(
    active: PushCertificate, eve: User, globex: Customer
) -> None:
    with pytest.raises(errors.WrongState, match="this customer's active certificate"):
        lifecycle.request_csr(globex, subject=SUBJECT, by=Actor.of(eve), renews=active)


def test_one_renewal_at_a_time(signed_renewal: CSR, ada: User, acme: Customer) -> None:
    with pytest.raises(errors.WrongState, match="under way already"):
        lifecycle.request_csr(acme, subject=SUBJECT, by=Actor.of(ada), renews=signed_renewal.renews)


def test_each_verb_writes_its_event(submitted: CSR, ada: User) -> None:
    written = Event.objects.filter(csr=submitted).values_list("verb", "actor_name")

    assert list(written) == [
        ("request_csr", f"Ada <{ada.email}>"),
        ("submit", "worker"),
    ]


def test_staff_who_may_not_approve_are_not_told(csr: CSR, sam: User, sue: User, ada: User) -> None:
    sue.user_permissions.clear()

    tasks.make_csr(str(csr.pk))

    assert set(Mail.objects.values_list("kind", "recipient")) == {("waiting", sam.email)}
