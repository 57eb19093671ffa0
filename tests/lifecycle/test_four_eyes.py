"""Two different people, neither of them who asked: and no way around it."""

import pytest
from pytest_django import Settings

from onboarding import errors, lifecycle, person, seen, tasks
from onboarding.admin import mine
from onboarding.lifecycle import Actor, approvals, approvals_number
from onboarding.models import CSR, Approval, Customer, Event, User
from onboarding.pki.names import Subject


@pytest.fixture(autouse=True)
def two(settings: Settings) -> None:
    settings.APPROVALS_REQUIRED = 2


def state(csr: CSR) -> str:
    return CSR.objects.get(pk=csr.pk).state


def second_account(of: User, address: str) -> User:
    """Another account with the rights of `of`."""
    user = User.objects.create_user(address, "pw", name="Again", is_staff=True)
    user.user_permissions.set(of.user_permissions.all())
    return user


@pytest.mark.parametrize(
    "address",
    [
        "sam+again@vendor.example",
        "SAM+x@Vendor.Example",
        "\uff53\uff41\uff4d@vendor.example",
        "sam@\uff56endor.example",
    ],
)
def test_one_person_under_two_accounts_counts_once(submitted: CSR, sam: User, address: str) -> None:
    again = second_account(sam, address)
    lifecycle.approve(submitted, by=Actor.of(sam))

    with pytest.raises(errors.NotAllowed, match="one person counts once"):
        lifecycle.approve(submitted, by=Actor.of(again))

    assert state(submitted) == CSR.State.SUBMITTED


def test_who_asked_cannot_approve_under_a_second_account(
    submitted: CSR, sam: User, sue: User
) -> None:
    CSR.objects.filter(pk=submitted.pk).update(requested_by=sam)

    with pytest.raises(errors.NotAllowed, match="asked for this CSR yourself"):
        lifecycle.approve(submitted, by=Actor.of(second_account(sam, "sam+2@vendor.example")))

    assert not Approval.objects.exists()


def test_an_address_in_ascii_and_in_unicode_is_one_person() -> None:
    assert person.of("a@b\u00fccher.example") == person.of("A+x@xn--bcher-kva.example")
    assert person.of("a@x.example") != person.of("b@x.example")
    assert person.of("a.b@x.example") != person.of("ab@x.example")


@pytest.mark.parametrize("lost", ["permission", "staff", "active"])
def test_an_approval_of_someone_who_lost_the_right_does_not_count(
    submitted: CSR, sam: User, sue: User, lost: str
) -> None:
    lifecycle.approve(submitted, by=Actor.of(sam))
    if lost == "permission":
        sam.user_permissions.clear()
    else:
        User.objects.filter(pk=sam.pk).update(**{f"is_{lost}": False})

    lifecycle.approve(submitted, by=Actor.of(sue))

    assert state(submitted) == CSR.State.SUBMITTED


def test_where_a_right_came_back_one_of_those_who_approved_says_it_again(
    submitted: CSR, sam: User, sue: User
) -> None:
    lifecycle.approve(submitted, by=Actor.of(sam))
    User.objects.filter(pk=sam.pk).update(is_active=False)
    lifecycle.approve(submitted, by=Actor.of(sue))
    User.objects.filter(pk=sam.pk).update(is_active=True)
    waited = state(submitted)

    assert approvals.refusal(submitted, Actor.of(sue)) == ""
    assert submitted in mine.to_approve(sue)
    assert submitted not in mine.approved(sue)
    lifecycle.approve(submitted, by=Actor.of(sue))

    assert (waited, state(submitted)) == (CSR.State.SUBMITTED, CSR.State.APPROVED)


def test_an_approval_of_another_content_does_not_count(
    submitted: CSR, sam: User, sue: User
) -> None:
    lifecycle.approve(submitted, by=Actor.of(sam))
    Customer.objects.filter(pk=submitted.customer_id).update(name="Acme and others")

    lifecycle.approve(submitted, by=Actor.of(sue))
    after_change = state(submitted)
    lifecycle.approve(submitted, by=Actor.of(sam))

    assert after_change == CSR.State.SUBMITTED
    assert state(submitted) == CSR.State.APPROVED


def test_an_approval_is_not_kept_over_a_failed_signature(
    submitted: CSR, sam: User, sue: User
) -> None:
    lifecycle.approve(submitted, by=Actor.of(sam))
    lifecycle.approve(submitted, by=Actor.of(sue))
    lifecycle.record_failure(submitted, error=errors.InvalidCSR("No."), by=Actor.signer())

    lifecycle.approve(submitted, by=Actor.of(sam))

    assert state(submitted) == CSR.State.FAILED


def test_an_approval_is_taken_back(submitted: CSR, sam: User, sue: User) -> None:
    lifecycle.approve(submitted, by=Actor.of(sam))
    lifecycle.take_back_approval(submitted, by=Actor.of(sam))

    lifecycle.approve(submitted, by=Actor.of(sue))

    assert state(submitted) == CSR.State.SUBMITTED
    assert Event.objects.filter(verb="take_back_approval", csr=submitted, actor=sam).exists()


def test_what_is_approved_is_not_taken_back(submitted: CSR, sam: User, sue: User) -> None:
    lifecycle.approve(submitted, by=Actor.of(sam))
    lifecycle.approve(submitted, by=Actor.of(sue))

    with pytest.raises(errors.WrongState):
        lifecycle.take_back_approval(submitted, by=Actor.of(sam))

    assert submitted.approvals.count() == 2


def test_nobody_takes_back_what_another_gave(submitted: CSR, sam: User, sue: User) -> None:
    lifecycle.approve(submitted, by=Actor.of(sam))

    with pytest.raises(errors.WrongState, match="no approval of yours"):
        lifecycle.take_back_approval(submitted, by=Actor.of(sue))


class TestANumberOfTheCustomer:
    def test_the_larger_number_counts(
        self, submitted: CSR, sam: User, sue: User, settings: Settings
    ) -> None:
        settings.APPROVALS_REQUIRED = 1
        lifecycle.set_approvals_required(submitted.customer, number=2, by=Actor.of(sam))

        lifecycle.approve(submitted, by=Actor.of(sam))
        after_one = state(submitted)
        lifecycle.approve(submitted, by=Actor.of(sue))

        assert (after_one, state(submitted)) == (CSR.State.SUBMITTED, CSR.State.APPROVED)

    def test_a_smaller_one_than_the_setting_does_not(self, submitted: CSR, sam: User) -> None:
        lifecycle.approve(submitted, by=Actor.of(sam))

        assert submitted.customer.approvals_required == 1
        assert state(submitted) == CSR.State.SUBMITTED

    @pytest.mark.parametrize("number", [0, 10])
    def test_a_number_beyond_sense_is_refused(self, acme: Customer, sam: User, number: int) -> None:
        with pytest.raises(errors.InvalidNumber, match=f"{number} people"):
            lifecycle.set_approvals_required(acme, number=number, by=Actor.of(sam))


class TestASmallerNumberOfTheCustomer:
    """Whoever lowers it could approve alone, so another person has to want it, too."""

    @pytest.fixture(autouse=True)
    def customers_own(self, settings: Settings, acme: Customer) -> None:
        settings.APPROVALS_REQUIRED = 1
        Customer.objects.filter(pk=acme.pk).update(approvals_required=2)
        acme.refresh_from_db()

    def lower(self, acme: Customer, by: User) -> bool:
        return lifecycle.set_approvals_required(acme, number=1, by=Actor.of(by))

    def test_counts_for_nothing_until_another_person_sets_it(
        self, acme: Customer, ada: User, sam: User
    ) -> None:
        counts = self.lower(acme, sam)
        csr = asked(acme, by=ada)

        lifecycle.approve(csr, by=Actor.of(sam))

        assert not counts
        assert state(csr) == CSR.State.SUBMITTED
        assert approvals.required(csr) == 2
        assert Event.objects.get(verb="want_fewer_approvals").customer == acme

    def test_counts_once_another_person_sets_it(
        self, acme: Customer, ada: User, sam: User, sue: User
    ) -> None:
        self.lower(acme, sam)
        counts = self.lower(acme, sue)
        csr = asked(acme, by=ada)

        lifecycle.approve(csr, by=Actor.of(sam))

        assert counts
        assert state(csr) == CSR.State.APPROVED
        event = Event.objects.get(verb="set_approvals_required")
        assert (event.actor, event.facts["wanted"]["by"]) == (sue, sam.email)
        assert approvals_number.waiting(acme) == ""

    def test_does_not_help_a_csr_that_waits(
        self, acme: Customer, ada: User, sam: User, sue: User
    ) -> None:
        csr = asked(acme, by=ada)
        self.lower(acme, sam)
        self.lower(acme, sue)

        lifecycle.approve(csr, by=Actor.of(sam))

        assert state(csr) == CSR.State.SUBMITTED
        assert approvals.required_for(acme) == 1

    def test_is_not_confirmed_by_who_asked(self, acme: Customer, sam: User) -> None:
        self.lower(acme, sam)

        with pytest.raises(errors.NotAllowed, match="You asked for 1 yourself"):
            self.lower(acme, sam)

        acme.refresh_from_db()
        assert acme.approvals_required == 2

    @pytest.mark.parametrize("address", ["sam+2@vendor.example", "SAM+x@Vendor.Example"])
    def test_is_not_confirmed_by_a_second_account(
        self, acme: Customer, sam: User, address: str
    ) -> None:
        again = second_account(sam, address)
        self.lower(acme, sam)

        with pytest.raises(errors.NotAllowed, match=f"as {sam.email}: one person counts once"):
            self.lower(acme, again)

        acme.refresh_from_db()
        assert acme.approvals_required == 2

    def test_of_somebody_who_lost_the_right_has_to_be_asked_for_anew(
        self, acme: Customer, sam: User, sue: User
    ) -> None:
        self.lower(acme, sam)
        sam.user_permissions.clear()

        assert not self.lower(acme, sue)

        assert acme.fewer_approvals_by == sue

    def test_another_smaller_number_confirms_nothing(
        self, acme: Customer, sam: User, sue: User
    ) -> None:
        Customer.objects.filter(pk=acme.pk).update(approvals_required=3)
        lifecycle.set_approvals_required(acme, number=2, by=Actor.of(sam))

        assert not self.lower(acme, sue)

        assert (acme.approvals_required, acme.fewer_approvals) == (3, 1)

    @pytest.mark.parametrize("number", [2, 3])
    def test_is_called_off_by_setting_what_holds_or_more(
        self, acme: Customer, sam: User, sue: User, number: int
    ) -> None:
        self.lower(acme, sam)

        assert lifecycle.set_approvals_required(acme, number=number, by=Actor.of(sue))

        assert (acme.approvals_required, acme.fewer_approvals) == (number, None)
        assert Event.objects.get(verb="set_approvals_required").facts["wanted"]["number"] == 1
        assert not self.lower(acme, sue)

    def test_says_who_wants_it_and_what_to_do(self, acme: Customer, sam: User) -> None:
        self.lower(acme, sam)

        sentence = approvals_number.waiting(acme)

        assert sentence.startswith("Sam asked on ")
        assert "It stays 2 until another operator or a superuser confirms" in sentence


def asked(customer: Customer, *, by: User) -> CSR:
    """A CSR that comes in now."""
    subject = Subject(common_name="Acme", country="DE")
    csr = lifecycle.request_csr(customer, subject=subject, by=Actor.of(by))
    tasks.make_csr(str(csr.pk))
    return CSR.objects.get(pk=csr.pk)


class TestWhatWasSeen:
    def test_what_is_as_it_was_seen_is_approved(self, submitted: CSR, sam: User) -> None:
        lifecycle.approve(submitted, by=Actor.of(sam), seen_as=seen.token(submitted))

        assert submitted.approvals.count() == 1

    @pytest.mark.parametrize("decide", ["approve", "reject"])
    def test_what_changed_since_is_refused_and_named(
        self, submitted: CSR, sam: User, decide: str
    ) -> None:
        token = seen.token(submitted)
        Customer.objects.filter(pk=submitted.customer_id).update(apple_account="x@acme.example")
        more = {"reason": "No."} if decide == "reject" else {}

        with pytest.raises(errors.Changed, match=r"Apple Account: x@acme\.example"):
            getattr(lifecycle, decide)(submitted, by=Actor.of(sam), seen_as=token, **more)

        assert state(submitted) == CSR.State.SUBMITTED
        assert not submitted.approvals.exists()

    def test_an_answer_that_came_since_is_a_change(
        self, submitted: CSR, sam: User, ada: User
    ) -> None:
        question = lifecycle.ask_customer(submitted, question="Why?", by=Actor.of(sam))
        token = seen.token(submitted)
        lifecycle.answer_vendor(question, text="So.", by=Actor.of(ada))

        with pytest.raises(errors.Changed, match="1 asked, 1 answered"):
            lifecycle.approve(submitted, by=Actor.of(sam), seen_as=token)
