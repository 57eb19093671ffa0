"""Standing approvals: for unchanged renewals, within their terms, given by enough people."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.utils import timezone
from pytest_django import Settings

from onboarding import errors, keys, lifecycle, tasks
from onboarding.lifecycle import Actor
from onboarding.models import (
    CSR,
    Customer,
    Event,
    Mail,
    Membership,
    PushCertificate,
    StandingApproval,
    StandingUse,
    User,
)
from onboarding.pki.names import Subject
from pushportal.sandbox.authority import Authority
from tests.conftest import der_of
from tests.signing.vendor import csr_der

SUBJECT = Subject(common_name="Acme push", country="DE")
Renew = Callable[..., CSR]


@pytest.fixture
def standing(active: PushCertificate, sam: User) -> StandingApproval:
    return given(active.customer, sam)


def given(customer: Customer, by: User, *, limit: int = 2) -> StandingApproval:
    return lifecycle.give_standing_approval(
        customer,
        ends_at=timezone.now() + timedelta(days=30),
        monthly_limit=limit,
        by=Actor.of(by),
    )


@pytest.fixture
def renew(active: PushCertificate, ada: User) -> Renew:
    """Ask for a renewal of the active certificate, and have the worker make its key."""

    def asked(*, subject: Subject = SUBJECT, by: User = ada) -> CSR:
        csr = lifecycle.request_csr(
            active.customer, subject=subject, by=Actor.of(by), renews=active
        )
        tasks.make_csr(str(csr.pk))
        csr.refresh_from_db()
        return csr

    return asked


def test_an_unchanged_renewal_is_approved_by_the_portal(
    standing: StandingApproval, renew: Renew, sam: User
) -> None:
    csr = renew()

    event = Event.objects.get(verb="use_standing_approval", csr=csr)
    assert csr.state == CSR.State.APPROVED
    assert (event.actor, event.actor_name) == (None, "portal, for Sam")
    assert event.facts["given_by"] == ["Sam"]
    assert csr.standing_use.standing_approval == standing
    assert not Mail.objects.filter(kind=Mail.Kind.WAITING, csr=csr).exists()


def test_another_subject_waits_for_people(standing: StandingApproval, renew: Renew) -> None:
    csr = renew(subject=Subject(common_name="Acme Push", country="DE"))

    assert csr.state == CSR.State.SUBMITTED
    assert Mail.objects.filter(kind=Mail.Kind.WAITING, csr=csr).exists()
    assert not StandingUse.objects.exists()


@pytest.mark.parametrize("account", ["", "other@acme.example"])
def test_another_apple_account_waits_for_people(
    standing: StandingApproval, renew: Renew, account: str
) -> None:
    Customer.objects.update(apple_account=account)

    assert renew().state == CSR.State.SUBMITTED


def test_another_origin_waits_for_people(
    standing: StandingApproval, active: PushCertificate, ada: User
) -> None:
    der = keys.build_csr(keys.new_push_key(), SUBJECT)

    csr = lifecycle.submit_upload(
        active.customer, der=der, upload="", by=Actor.of(ada), renews=active
    )

    assert csr.state == CSR.State.SUBMITTED


@pytest.mark.parametrize("oid", [NameOID.LOCALITY_NAME, NameOID.COMMON_NAME])
def test_more_in_the_subject_waits_for_people(
    acme: Customer,
    ada: User,
    sam: User,
    push_keys: list[rsa.RSAPrivateKey],
    sign_all: Callable[[], None],
    apple: Authority,
    oid: x509.ObjectIdentifier,
) -> None:
    def uploaded(key: int, certificate: PushCertificate | None = None, **more: Any) -> CSR:
        """Any: what the CSR is to have beside."""
        der = csr_der(push_keys[key], **more)
        return lifecycle.submit_upload(
            acme, der=der, upload="", by=Actor.of(ada), renews=certificate
        )

    first = uploaded(0)
    lifecycle.approve(first, by=Actor.of(sam))
    sign_all()
    first.refresh_from_db()
    issued = der_of(apple.issue(bytes(first.der or b"")))
    certificate = lifecycle.activate(first, der=issued, upload="", by=Actor.of(ada))
    given(acme, sam)

    other = uploaded(1, certificate, further=[(oid, "Globex")])
    assert other.state == CSR.State.SUBMITTED
    lifecycle.withdraw(other, by=Actor.of(ada))

    assert uploaded(2, certificate).state == CSR.State.APPROVED


def test_what_is_no_renewal_waits_for_people(
    standing: StandingApproval, acme: Customer, ada: User
) -> None:
    csr = lifecycle.request_csr(acme, subject=SUBJECT, by=Actor.of(ada))
    tasks.make_csr(str(csr.pk))

    csr.refresh_from_db()
    assert csr.state == CSR.State.SUBMITTED


def test_who_is_no_admin_there_gets_nothing_by_it(
    standing: StandingApproval, renew: Renew, sue: User
) -> None:
    assert renew(by=sue).state == CSR.State.SUBMITTED


def test_an_admin_who_left_gets_nothing_by_it(
    standing: StandingApproval, active: PushCertificate, ada: User
) -> None:
    csr = lifecycle.request_csr(active.customer, subject=SUBJECT, by=Actor.of(ada), renews=active)
    Membership.objects.filter(user=ada).update(role=Membership.Role.READER)

    tasks.make_csr(str(csr.pk))

    csr.refresh_from_db()
    assert csr.state == CSR.State.SUBMITTED


def test_the_limit_of_a_month_is_kept(active: PushCertificate, sam: User, renew: Renew) -> None:
    given(active.customer, sam, limit=1)
    first = renew()
    lifecycle.withdraw(first, by=Actor.of(sam))

    second = renew()

    assert second.state == CSR.State.SUBMITTED


def test_last_months_uses_do_not_count(active: PushCertificate, sam: User, renew: Renew) -> None:
    given(active.customer, sam, limit=1)
    first = renew()
    lifecycle.withdraw(first, by=Actor.of(sam))
    StandingUse.objects.update(used_at=timezone.now() - timedelta(days=32))

    assert renew().state == CSR.State.APPROVED


def test_once_ended_it_is_used_no_more(standing: StandingApproval, renew: Renew, sue: User) -> None:
    lifecycle.end_standing_approval(standing, by=Actor.of(sue))

    assert renew().state == CSR.State.SUBMITTED
    assert Event.objects.filter(verb="end_standing_approval", actor=sue).exists()


def test_after_its_end_it_is_used_no_more(standing: StandingApproval, renew: Renew) -> None:
    now = timezone.now()
    StandingApproval.objects.update(proposed_at=now - timedelta(days=2), ends_at=now)

    assert renew().state == CSR.State.SUBMITTED


@pytest.mark.parametrize("lost", ["permission", "active"])
def test_who_may_approve_no_more_agrees_no_more(
    standing: StandingApproval, renew: Renew, sam: User, lost: str
) -> None:
    if lost == "permission":
        sam.user_permissions.clear()
    else:
        User.objects.filter(pk=sam.pk).update(is_active=False)

    assert renew().state == CSR.State.SUBMITTED


class TestFourEyes:
    @pytest.fixture(autouse=True)
    def two(self, request: pytest.FixtureRequest, settings: Settings) -> None:
        # The certificate of before was approved by one.
        request.getfixturevalue("active")
        settings.APPROVALS_REQUIRED = 2

    @pytest.mark.usefixtures("standing")
    def test_one_person_is_not_enough(self, renew: Renew) -> None:
        assert renew().state == CSR.State.SUBMITTED

    def test_two_are(self, standing: StandingApproval, renew: Renew, sue: User) -> None:
        lifecycle.agree_to_standing_approval(standing, by=Actor.of(sue))

        csr = renew()

        assert csr.state == CSR.State.APPROVED
        assert (
            Event.objects.get(verb="use_standing_approval").actor_name == "portal, for Sam and Sue"
        )

    def test_one_person_with_two_accounts_is_not(
        self, standing: StandingApproval, renew: Renew, sam: User
    ) -> None:
        again = User.objects.create_user("sam+2@vendor.example", "pw", name="Sam", is_staff=True)
        again.user_permissions.set(sam.user_permissions.all())
        with pytest.raises(errors.WrongState, match=r"as sam@vendor\.example: one person counts"):
            lifecycle.agree_to_standing_approval(standing, by=Actor.of(again))

        # As it may be from before, or by an address that changed since.
        standing.consents.create(staff=again, given_at=timezone.now())
        assert renew().state == CSR.State.SUBMITTED

    def test_one_person_agrees_once(self, standing: StandingApproval, sam: User) -> None:
        with pytest.raises(errors.WrongState, match="You agreed to this already"):
            lifecycle.agree_to_standing_approval(standing, by=Actor.of(sam))

    def test_a_number_that_was_raised_since_counts(
        self, standing: StandingApproval, renew: Renew, sue: User, sam: User
    ) -> None:
        lifecycle.agree_to_standing_approval(standing, by=Actor.of(sue))
        customer = standing.customer
        lifecycle.set_approvals_required(customer, number=3, by=Actor.of(sam))

        assert renew().state == CSR.State.SUBMITTED


@pytest.mark.usefixtures("renew")
def test_it_ends_with_its_customer_and_does_not_come_back(
    standing: StandingApproval, sue: User
) -> None:
    customer, by = standing.customer, Actor.of(sue)
    lifecycle.close_customer(customer, name=customer.name, reason="They left.", by=by)
    lifecycle.reopen_customer(customer, reason="They are back.", by=by)

    standing.refresh_from_db()
    assert standing.ended_by == sue
    assert not StandingApproval.objects.open().exists()
    assert Event.objects.filter(verb="end_standing_approval", actor=sue).exists()


def test_a_closed_customer_is_given_none(acme: Customer, sam: User) -> None:
    lifecycle.close_customer(acme, name=acme.name, reason="They left.", by=Actor.of(sam))

    with pytest.raises(errors.WrongState, match="is closed"):
        given(acme, sam)

    assert not StandingApproval.objects.exists()


def test_a_customer_has_one_at_a_time(standing: StandingApproval, sue: User) -> None:
    with pytest.raises(errors.WrongState, match="has a standing approval already"):
        given(standing.customer, sue)


def test_one_that_is_over_makes_room(standing: StandingApproval, sue: User) -> None:
    now = timezone.now()
    StandingApproval.objects.update(proposed_at=now - timedelta(days=2), ends_at=now)

    assert given(standing.customer, sue).pk != standing.pk


@pytest.mark.parametrize(("days", "limit"), [(-1, 1), (500, 1), (9, 0), (9, 5000)])
def test_terms_beyond_sense_are_refused(acme: Customer, sam: User, days: int, limit: int) -> None:
    with pytest.raises(errors.InvalidNumber):
        lifecycle.give_standing_approval(
            acme,
            ends_at=timezone.now() + timedelta(days=days),
            monthly_limit=limit,
            by=Actor.of(sam),
        )


def test_a_use_is_looked_at_once(standing: StandingApproval, renew: Renew, sue: User) -> None:
    use = renew().standing_use
    lifecycle.review_standing_use(use, by=Actor.of(sue))

    with pytest.raises(errors.WrongState):
        lifecycle.review_standing_use(use, by=Actor.of(sue))

    assert Event.objects.filter(verb="review_standing_use", csr=use.csr).count() == 1
