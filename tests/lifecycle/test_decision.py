"""Staff approve or reject; with four eyes, two of them."""

import pytest
from pytest_django import Settings

from onboarding import errors, lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Event, Mail, Membership, User


def test_staff_approve(submitted: CSR, sam: User) -> None:
    lifecycle.approve(submitted, by=Actor.of(sam))

    assert submitted.state == CSR.State.APPROVED
    assert Event.objects.filter(csr=submitted, verb="approve", actor=sam).count() == 1


def test_a_customer_cannot_approve(submitted: CSR, ada: User) -> None:
    with pytest.raises(errors.NotAllowed, match="vendor staff"):
        lifecycle.approve(submitted, by=Actor.of(ada))


def test_staff_without_the_permission_cannot_approve(submitted: CSR, sam: User) -> None:
    sam.user_permissions.clear()

    with pytest.raises(errors.NotAllowed):
        lifecycle.approve(submitted, by=Actor.of(User.objects.get(pk=sam.pk)))


def test_a_permission_without_being_staff_does_not_approve(submitted: CSR, sam: User) -> None:
    sam.is_staff = False

    with pytest.raises(errors.NotAllowed):
        lifecycle.approve(submitted, by=Actor.of(sam))


def test_a_second_approval_changes_nothing(approved: CSR, sue: User) -> None:
    with pytest.raises(errors.WrongState, match="Nothing was changed"):
        lifecycle.approve(approved, by=Actor.of(sue))

    assert Event.objects.filter(csr=approved, verb="approve").count() == 1


def test_a_csr_without_its_key_cannot_be_approved(csr: CSR, sam: User) -> None:
    with pytest.raises(errors.WrongState):
        lifecycle.approve(csr, by=Actor.of(sam))


def test_a_rejection_needs_a_reason(submitted: CSR, sam: User) -> None:
    with pytest.raises(errors.MissingReason):
        lifecycle.reject(submitted, reason="  ", by=Actor.of(sam))

    submitted.refresh_from_db()
    assert submitted.state == CSR.State.SUBMITTED


def test_the_customer_reads_the_reason(submitted: CSR, sam: User, ada: User) -> None:
    lifecycle.reject(submitted, reason="Wrong company.", by=Actor.of(sam))

    assert submitted.rejection_reason == "Wrong company."
    event = Event.objects.get(csr=submitted, verb="reject")
    assert (event.actor, event.facts) == (sam, {"reason": "Wrong company.", "unusual": []})
    assert Mail.objects.filter(kind=Mail.Kind.REJECTED, recipient=ada.email).exists()


def test_a_customer_cannot_reject(submitted: CSR, ada: User) -> None:
    with pytest.raises(errors.NotAllowed):
        lifecycle.reject(submitted, reason="No.", by=Actor.of(ada))


def test_what_is_approved_cannot_be_rejected(approved: CSR, sam: User) -> None:
    with pytest.raises(errors.WrongState):
        lifecycle.reject(approved, reason="Too late.", by=Actor.of(sam))


class TestFourEyes:
    @pytest.fixture(autouse=True)
    def two(self, settings: Settings) -> None:
        settings.APPROVALS_REQUIRED = 2

    def test_one_yes_is_not_enough(self, submitted: CSR, sam: User) -> None:
        lifecycle.approve(submitted, by=Actor.of(sam))

        submitted.refresh_from_db()
        assert submitted.state == CSR.State.SUBMITTED
        assert submitted.approvals.count() == 1

    def test_two_people_are(self, submitted: CSR, sam: User, sue: User) -> None:
        lifecycle.approve(submitted, by=Actor.of(sam))
        lifecycle.approve(submitted, by=Actor.of(sue))

        assert submitted.state == CSR.State.APPROVED

    def test_approvals_that_a_caller_fetched_before_do_not_hide_a_new_one(
        self, submitted: CSR, sam: User, sue: User
    ) -> None:
        lifecycle.approve(submitted, by=Actor.of(sam))
        fetched = CSR.objects.prefetch_related("approvals").get(pk=submitted.pk)

        lifecycle.approve(fetched, by=Actor.of(sue))

        assert fetched.state == CSR.State.APPROVED

    def test_one_person_twice_is_not(self, submitted: CSR, sam: User) -> None:
        lifecycle.approve(submitted, by=Actor.of(sam))

        with pytest.raises(errors.WrongState, match="You approved this CSR already"):
            lifecycle.approve(submitted, by=Actor.of(sam))

        submitted.refresh_from_db()
        assert submitted.state == CSR.State.SUBMITTED

    def test_what_is_rejected_takes_no_first_yes(
        self, submitted: CSR, sam: User, sue: User
    ) -> None:
        lifecycle.reject(submitted, reason="No.", by=Actor.of(sam))

        with pytest.raises(errors.WrongState):
            lifecycle.approve(submitted, by=Actor.of(sue))

        assert not submitted.approvals.exists()

    def test_whoever_asked_cannot_approve(self, submitted: CSR, sam: User) -> None:
        CSR.objects.filter(pk=submitted.pk).update(requested_by=sam)
        submitted.refresh_from_db()

        with pytest.raises(errors.NotAllowed, match="asked for this CSR yourself"):
            lifecycle.approve(submitted, by=Actor.of(sam))


def test_mails_go_to_each_address_once(submitted: CSR, sam: User, ada: User, bob: User) -> None:
    submitted.customer.contacts.create(email=ada.email.upper())
    submitted.customer.contacts.create(email="it@acme.example")
    Membership.objects.filter(user=bob).update(role=Membership.Role.READER)

    lifecycle.reject(submitted, reason="No.", by=Actor.of(sam))

    told = {m.recipient.lower() for m in Mail.objects.filter(kind=Mail.Kind.REJECTED)}
    assert told == {ada.email, "it@acme.example"}
    assert Mail.objects.filter(kind=Mail.Kind.REJECTED).count() == 2


def test_whoever_asked_is_told_even_if_an_admin_no_more(
    submitted: CSR, sam: User, ada: User
) -> None:
    Membership.objects.filter(user=ada).update(role=Membership.Role.READER)

    lifecycle.reject(submitted, reason="No.", by=Actor.of(sam))

    assert Mail.objects.filter(kind=Mail.Kind.REJECTED, recipient=ada.email).exists()
