"""What Apple issued comes back: checked against its CSR, its customer and its topic."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from onboarding import errors, lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, Event, Mail, PushCertificate, Topic, User
from pushportal.sandbox.authority import Authority
from tests.conftest import der_of


def test_the_certificate_becomes_active(active: PushCertificate, signed: CSR, ada: User) -> None:
    signed.refresh_from_db()

    assert signed.state == CSR.State.FULFILLED
    assert active.state == PushCertificate.State.ACTIVE
    assert active.topic.startswith("com.apple.mgmt.External.")
    assert active.apple_account == "push@acme.example"
    assert Topic.objects.get(pk=active.topic).customer == active.customer
    assert Mail.objects.filter(kind=Mail.Kind.ACTIVE, recipient=ada.email).exists()
    assert Event.objects.filter(verb="activate", push_certificate=active, actor=ada).exists()


def test_a_reader_cannot_activate(signed: CSR, bob: User, apple: Authority) -> None:
    der = der_of(apple.issue(bytes(signed.der or b"")))

    with pytest.raises(errors.NotAllowed):
        lifecycle.activate(signed, der=der, upload="", by=Actor.of(bob))


def test_a_stranger_cannot_activate(signed: CSR, eve: User, apple: Authority) -> None:
    der = der_of(apple.issue(bytes(signed.der or b"")))

    with pytest.raises(errors.NotAllowed):
        lifecycle.activate(signed, der=der, upload="", by=Actor.of(eve))


def refused(csr: CSR, der: bytes, by: User) -> errors.PortalError:
    """The refusal of `der` for `csr`, which must leave everything as it was."""
    before = (CSR.objects.get(pk=csr.pk).state, Event.objects.count())
    with pytest.raises(errors.PortalError) as caught:
        lifecycle.activate(csr, der=der, upload="", by=Actor.of(by))
    assert (CSR.objects.get(pk=csr.pk).state, Event.objects.count()) == before
    return caught.value


def test_a_renewal_must_keep_its_topic(ada: User, signed_renewal: CSR, apple: Authority) -> None:
    stranger = apple.issue(bytes(signed_renewal.der or b""), topic="com.apple.mgmt.External.other")

    error = refused(signed_renewal, der_of(stranger), ada)

    assert isinstance(error, errors.TopicMismatch)
    assert "another topic" in error.sentence
    assert "press Renew" in error.sentence


def test_a_renewal_supersedes_its_predecessor(
    ada: User, signed_renewal: CSR, active: PushCertificate, apple: Authority
) -> None:
    der = der_of(apple.issue(bytes(signed_renewal.der or b""), topic=active.topic))

    renewed = lifecycle.activate(signed_renewal, der=der, upload="", by=Actor.of(ada))

    active.refresh_from_db()
    assert active.state == PushCertificate.State.SUPERSEDED
    assert renewed.predecessor == active
    assert Event.objects.filter(verb="supersede", push_certificate=active).count() == 1
    assert renewed.topic == active.topic


def test_the_old_certificate_stays_active_when_the_new_one_is_refused(
    ada: User, signed_renewal: CSR, active: PushCertificate, apple: Authority
) -> None:
    wrong = apple.issue(bytes(signed_renewal.der or b""), topic="com.apple.mgmt.External.other")

    refused(signed_renewal, der_of(wrong), ada)

    active.refresh_from_db()
    assert active.state == PushCertificate.State.ACTIVE


def test_the_certificate_of_an_older_csr_is_named_as_such(
    ada: User, signed_renewal: CSR, active: PushCertificate
) -> None:
    error = refused(signed_renewal, bytes(active.der), ada)

    assert isinstance(error, errors.KeyMismatch)
    assert str(active.csr_id)[:8] in error.sentence


def test_the_certificate_of_another_customer_is_not_told_whose_it_is(
    active: PushCertificate, eve: User, globex: Customer, signed: CSR, signed_at_globex: CSR
) -> None:
    error = refused(signed_at_globex, bytes(active.der), eve)

    assert isinstance(error, errors.KeyMismatch)
    assert "Acme" not in error.sentence
    assert str(signed.pk)[:8] not in error.sentence


def test_a_topic_never_moves_to_another_customer(
    active: PushCertificate, eve: User, signed_at_globex: CSR, apple: Authority
) -> None:
    der = der_of(apple.issue(bytes(signed_at_globex.der or b""), topic=active.topic))

    error = refused(signed_at_globex, der, eve)

    assert isinstance(error, errors.TopicTaken)


def test_an_expired_certificate_is_refused(signed: CSR, ada: User, apple: Authority) -> None:
    now = timezone.now()
    der = der_of(
        apple.issue(
            bytes(signed.der or b""),
            not_before=now - timedelta(days=365),
            not_after=now - timedelta(days=1),
        )
    )

    assert isinstance(refused(signed, der, ada), errors.CertificateExpired)


def test_a_certificate_of_tomorrow_is_refused(signed: CSR, ada: User, apple: Authority) -> None:
    der = der_of(
        apple.issue(bytes(signed.der or b""), not_before=timezone.now() + timedelta(days=1))
    )

    assert isinstance(refused(signed, der, ada), errors.CertificateNotYetValid)


def test_a_look_alike_issuer_is_refused(signed: CSR, ada: User, apple: Authority) -> None:
    der = der_of(apple.issue(bytes(signed.der or b""), look_alike=True))

    assert isinstance(refused(signed, der, ada), errors.UnknownIssuer)


def test_a_certificate_is_activated_once(active: PushCertificate, signed: CSR, ada: User) -> None:
    with pytest.raises(errors.WrongState):
        lifecycle.activate(signed, der=bytes(active.der), upload="", by=Actor.of(ada))

    assert PushCertificate.objects.count() == 1


def test_a_withdrawn_csr_takes_no_certificate(signed: CSR, ada: User, apple: Authority) -> None:
    lifecycle.withdraw(signed, by=Actor.of(ada))
    assert Event.objects.filter(csr=signed, verb="withdraw", actor=ada).count() == 1
    der = der_of(apple.issue(bytes(signed.der or b"")))

    assert isinstance(refused(signed, der, ada), errors.WrongState)


def test_a_fulfilled_csr_cannot_be_withdrawn(
    active: PushCertificate, signed: CSR, ada: User
) -> None:
    with pytest.raises(errors.WrongState, match="Certificate active"):
        lifecycle.withdraw(signed, by=Actor.of(ada))


def test_a_reader_cannot_withdraw(signed: CSR, bob: User) -> None:
    with pytest.raises(errors.NotAllowed):
        lifecycle.withdraw(signed, by=Actor.of(bob))


def test_expired_is_told_by_the_clock_alone(active: PushCertificate) -> None:
    with time_machine.travel(active.not_after, tick=False):
        assert active.is_expired(timezone.now())
        assert not PushCertificate.objects.current(timezone.now()).exists()
        assert PushCertificate.objects.active().exists()
