"""Approve, reject, withdraw: confirmed, by POST, by who may; on the page and for a selection."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from onboarding import errors, lifecycle, tasks
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, Event, User
from onboarding.pki.names import Subject
from tests.admin.conftest import Clients
from tests.admin.pages import CSRS, about, deciding, page


@pytest.fixture
def another(ada: User, acme: Customer) -> CSR:
    csr = lifecycle.request_csr(
        acme, subject=Subject(common_name="Second", country="DE"), by=Actor.of(ada)
    )
    tasks.make_csr(str(csr.pk))
    csr.refresh_from_db()
    return csr


def state(csr: CSR) -> str:
    return CSR.objects.get(pk=csr.pk).state


def select(client: Client, action: str, *csrs: CSR) -> str:
    """What the list's action leads to."""
    data = {"action": action, "index": "0", "_selected_action": [str(csr.pk) for csr in csrs]}
    return client.post(CSRS, data, follow=True).content.decode()


@pytest.mark.parametrize("name", ["approve", "reject", "withdraw"])
def test_looking_changes_nothing(staff_client: Client, submitted: CSR, name: str) -> None:
    before = Event.objects.count()

    answer = staff_client.get(deciding(name), {"csr": str(submitted.pk), "reason": "No."})

    assert answer.status_code == 200
    assert "Acme" in answer.content.decode()
    assert state(submitted) == CSR.State.SUBMITTED
    assert Event.objects.count() == before


def test_the_page_leads_to_each_decision(staff_client: Client, submitted: CSR) -> None:
    content = staff_client.get(page(submitted)).content.decode()

    for name in ("approve", "reject", "withdraw"):
        assert f'href="{deciding(name)}?csr={submitted.pk}&amp;seen-' in content


def test_a_decided_csr_offers_nothing_that_no_longer_fits(
    staff_client: Client, signed: CSR
) -> None:
    content = staff_client.get(page(signed)).content.decode()

    assert deciding("approve") not in content
    assert deciding("reject") not in content
    assert deciding("withdraw") in content


def test_approving_hands_the_csr_to_the_signer(
    staff_client: Client, submitted: CSR, sam: User
) -> None:
    answer = staff_client.post(deciding("approve"), about(submitted), follow=True)

    assert state(submitted) == CSR.State.APPROVED
    assert answer.redirect_chain[-1][0] == page(submitted)
    assert "approved." in answer.content.decode()
    assert Event.objects.filter(verb="approve", csr=submitted, actor=sam).exists()


def test_rejecting_keeps_the_reason_for_the_customer(staff_client: Client, submitted: CSR) -> None:
    staff_client.post(deciding("reject"), about(submitted, reason="Wrong name."))

    submitted.refresh_from_db()
    assert submitted.state == CSR.State.REJECTED
    assert submitted.rejection_reason == "Wrong name."


@pytest.mark.parametrize("reason", ["", "   "])
def test_rejecting_needs_a_reason(staff_client: Client, submitted: CSR, reason: str) -> None:
    answer = staff_client.post(deciding("reject"), about(submitted, reason=reason))

    assert "Give a reason: the customer reads it" in answer.content.decode()
    assert state(submitted) == CSR.State.SUBMITTED


def test_a_reason_that_is_too_long_is_told_and_not_cut(
    staff_client: Client, submitted: CSR
) -> None:
    form = staff_client.get(deciding("reject"), {"csr": str(submitted.pk)}).content.decode()
    answer = staff_client.post(deciding("reject"), about(submitted, reason="x" * 2001))

    assert "maxlength" not in form[form.index("<textarea") :].partition(">")[0]
    content = answer.content.decode()
    assert "has at most 2000 characters (it has 2001)" in content
    assert "x" * 2001 in content
    assert state(submitted) == CSR.State.SUBMITTED


def test_a_refused_rejection_keeps_the_typed_reason(
    staff_client: Client, signed: CSR, another: CSR
) -> None:
    answer = staff_client.post(
        deciding("reject"), about(signed, another, reason="Typed with care.")
    )

    content = answer.content.decode()
    assert "Typed with care.</p>" in content
    assert "This CSR is now “Signed, ready for Apple”" in content
    assert state(signed) == CSR.State.SIGNED
    assert state(another) == CSR.State.REJECTED


def test_a_selection_is_confirmed_before_anything_happens(
    staff_client: Client, submitted: CSR, another: CSR
) -> None:
    content = select(staff_client, "approve_selected", submitted, another)

    assert "Approve 2 CSRs?" in content
    assert f'name="csr" value="{submitted.pk}"' in content
    assert f'name="csr" value="{another.pk}"' in content
    assert {state(submitted), state(another)} == {CSR.State.SUBMITTED}


def test_a_selection_leads_to_a_page_that_can_be_come_back_to(
    staff_client: Client, submitted: CSR, another: CSR
) -> None:
    ids = [str(submitted.pk), str(another.pk)]

    answer = staff_client.post(CSRS, {"action": "reject_selected", "_selected_action": ids})

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{deciding('reject')}?csr={ids[0]}&csr={ids[1]}"


def test_a_selection_is_approved_together(
    staff_client: Client, submitted: CSR, another: CSR
) -> None:
    staff_client.post(deciding("approve"), about(submitted, another))

    assert {state(submitted), state(another)} == {CSR.State.APPROVED}


def test_a_selection_is_rejected_with_one_reason(
    staff_client: Client, submitted: CSR, another: CSR
) -> None:
    content = select(staff_client, "reject_selected", submitted, another)
    staff_client.post(deciding("reject"), about(submitted, another, reason="Both."))

    assert "Reject 2 CSRs?" in content
    assert set(CSR.objects.values_list("rejection_reason", flat=True)) == {"Both."}


def test_what_moved_on_is_shown_and_not_sent_again(
    staff_client: Client, signed: CSR, another: CSR
) -> None:
    content = select(staff_client, "approve_selected", signed, another)

    assert "Nothing: it is “Signed, ready for Apple” now." in content
    assert f'name="csr" value="{signed.pk}"' not in content


def test_too_many_at_once_are_refused(
    staff_client: Client, submitted: CSR, another: CSR, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onboarding.admin.decision_view.LIMIT", 1)

    answer = staff_client.post(deciding("approve"), about(submitted, another), follow=True)

    assert "Choose one CSR at least and 1 at most." in answer.content.decode()
    assert {state(submitted), state(another)} == {CSR.State.SUBMITTED}


@pytest.mark.parametrize("given", [{}, {"csr": "no-uuid"}])
def test_a_decision_about_nothing_is_told(staff_client: Client, given: dict[str, str]) -> None:
    answer = staff_client.post(deciding("approve"), given, follow=True)

    assert "Choose one CSR at least" in answer.content.decode()


def test_an_unknown_decision_does_not_exist(staff_client: Client, submitted: CSR) -> None:
    answer = staff_client.post(deciding("activate"), {"csr": submitted.pk})

    assert answer.status_code == 404


def test_staff_withdraw_for_a_customer(staff_client: Client, submitted: CSR) -> None:
    staff_client.post(deciding("withdraw"), {"csr": submitted.pk})

    assert state(submitted) == CSR.State.WITHDRAWN


def test_a_failed_csr_is_approved_again(staff_client: Client, approved: CSR) -> None:
    error = errors.InvalidIdentity("The vendor certificate expired.")
    lifecycle.record_failure(approved, error=error, by=Actor.signer())
    content = staff_client.get(page(approved)).content.decode()

    staff_client.post(deciding("approve"), about(approved))

    assert "The vendor certificate expired." in content
    assert state(approved) == CSR.State.APPROVED


@pytest.mark.parametrize("name", ["approve", "reject", "withdraw"])
def test_staff_without_the_permission_cannot_decide(
    client_of: Clients, tom: User, submitted: CSR, name: str
) -> None:
    client = client_of(tom)

    content = client.get(page(submitted)).content.decode()
    asked = client.get(deciding(name), {"csr": str(submitted.pk)})
    posted = client.post(deciding(name), {"csr": str(submitted.pk), "reason": "No."})

    assert deciding(name) not in content
    assert (asked.status_code, posted.status_code) == (403, 403)
    assert state(submitted) == CSR.State.SUBMITTED


def test_staff_without_the_permission_have_no_actions(
    client_of: Clients, tom: User, submitted: CSR
) -> None:
    content = select(client_of(tom), "approve_selected", submitted)

    assert "Approve 1 CSR?" not in content
    assert "approve_selected" not in client_of(tom).get(CSRS).content.decode()


@pytest.mark.parametrize("name", ["approve", "reject", "withdraw"])
def test_a_post_from_elsewhere_is_refused(sam: User, submitted: CSR, name: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(sam)

    answer = client.post(deciding(name), {"csr": str(submitted.pk), "reason": "No."})

    assert answer.status_code == 403
    assert state(submitted) == CSR.State.SUBMITTED


class TestFourEyes:
    @pytest.fixture(autouse=True)
    def two_are_needed(self, settings: Settings) -> None:
        settings.APPROVALS_REQUIRED = 2

    def test_the_first_approval_is_counted_and_told(
        self, staff_client: Client, submitted: CSR
    ) -> None:
        answer = staff_client.post(deciding("approve"), about(submitted), follow=True)

        content = answer.content.decode()
        assert state(submitted) == CSR.State.SUBMITTED
        assert "your approval counts, and it waits for the next one" in content
        assert "1 of 2 approvals: Sam on" in " ".join(content.split())

    def test_the_same_person_is_not_counted_twice(
        self, staff_client: Client, submitted: CSR
    ) -> None:
        staff_client.post(deciding("approve"), about(submitted))
        asked = staff_client.get(deciding("approve"), {"csr": str(submitted.pk)})

        answer = staff_client.post(deciding("approve"), about(submitted))

        assert "Nothing: you approved it already" in asked.content.decode()
        assert "You approved this CSR already" in answer.content.decode()
        assert state(submitted) == CSR.State.SUBMITTED

    def test_the_second_person_completes_it(
        self, client_of: Clients, sam: User, sue: User, submitted: CSR
    ) -> None:
        client_of(sam).post(deciding("approve"), about(submitted))
        asked = client_of(sue).get(deciding("approve"), {"csr": str(submitted.pk)})

        client_of(sue).post(deciding("approve"), about(submitted))

        assert "Approval 2 of 2, then it is signed." in asked.content.decode()
        assert state(submitted) == CSR.State.APPROVED

    def test_who_asked_for_it_does_not_approve_it(
        self, client_of: Clients, sam: User, acme: Customer
    ) -> None:
        own = lifecycle.request_csr(
            acme, subject=Subject(common_name="By staff", country="DE"), by=Actor.of(sam)
        )
        tasks.make_csr(str(own.pk))
        asked = client_of(sam).get(deciding("approve"), {"csr": str(own.pk)})

        answer = client_of(sam).post(deciding("approve"), about(own))

        assert "Nothing: you asked for it yourself" in asked.content.decode()
        assert "You asked for this CSR yourself" in answer.content.decode()
        assert state(own) == CSR.State.SUBMITTED


def test_the_signer_takes_what_was_approved_here(
    staff_client: Client, submitted: CSR, sign_all: Callable[[], None]
) -> None:
    staff_client.post(deciding("approve"), about(submitted))

    sign_all()

    assert state(submitted) == CSR.State.SIGNED
