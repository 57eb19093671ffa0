"""What waits for one person: by what that person may do and has done already; oldest first."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import (
    CSR,
    Customer,
    CustomerImport,
    Question,
    StandingApproval,
    StandingUse,
    TopicChange,
    User,
)
from tests.admin.conftest import Clients, member
from tests.admin.pages import CSRS, page

APPROVE = "CSR to approve"
SECOND = "CSR that you approved waits for somebody else"
ANSWERED = "CSR with an answer to your question"
TOPIC = "other topic to allow"
USE = "CSR that approved itself, to look at"
FEWER = "customer with fewer approvals to confirm"
IMPORT = "import to carry out"


def piles(client: Client) -> dict[str, str]:
    """What waits, with the address of its list; each list shows as many as are counted."""
    found = list(client.get("/admin/").context["piles"])
    for pile in found:
        assert client.get(pile.address).context["cl"].result_count == int(pile.number)
    return {pile.title: pile.address for pile in found}


def matters(client: Client) -> list[str]:
    return [matter.address for matter in client.get("/admin/").context["matters"]]


def test_an_approval_moves_a_csr_from_one_desk_to_the_other(
    client_of: Clients, submitted: CSR, sam: User, sue: User, settings: Settings
) -> None:
    settings.APPROVALS_REQUIRED = 2
    as_sam, as_sue = client_of(sam), client_of(sue)
    before = piles(as_sam).keys()

    lifecycle.approve(submitted, by=Actor.of(sam))

    assert before == {APPROVE}
    assert piles(as_sam).keys() == {SECOND}
    assert piles(as_sue).keys() == {APPROVE}
    assert matters(as_sam) == matters(as_sue) == [page(submitted)]


def test_what_waits_is_counted_no_further_than_its_list(
    staff_client: Client, submitted: CSR, three: list[CSR], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onboarding.admin.listing.BoundedPaginator.most", 2)
    CSR.objects.filter(state=CSR.State.APPROVED).update(state=CSR.State.SUBMITTED)

    shown = staff_client.get("/admin/")

    assert [(pile.number, pile.since) for pile in shown.context["piles"]] == [
        ("2+", submitted.state_since)
    ]
    assert "<strong>2+</strong>" in shown.content.decode()


def by_setting(csr: CSR, settings: Settings) -> None:
    settings.APPROVALS_REQUIRED = 2


def by_customer(csr: CSR, settings: Settings) -> None:
    csr.customer.approvals_required = 2
    csr.customer.save()


def by_csr(csr: CSR, settings: Settings) -> None:
    CSR.objects.filter(pk=csr.pk).update(approvals_required=2)


@pytest.mark.parametrize("demand", [by_setting, by_customer, by_csr])
def test_with_four_eyes_nobodys_own_csr_waits_for_them(
    client_of: Clients, submitted: CSR, sam: User, sue: User, settings: Settings, demand: object
) -> None:
    CSR.objects.filter(pk=submitted.pk).update(requested_by=sam)
    alone = piles(client_of(sam)).keys()

    assert callable(demand)
    demand(submitted, settings)

    assert alone == {APPROVE}
    assert piles(client_of(sam)).keys() == set()
    assert piles(client_of(sue)).keys() == {APPROVE}


def test_an_answer_waits_for_who_asked_until_the_csr_is_decided(
    client_of: Clients, submitted: CSR, sam: User, sue: User, ada: User
) -> None:
    question = lifecycle.ask_customer(submitted, question="Why?", by=Actor.of(sam))
    asked = piles(client_of(sam)).keys()

    lifecycle.answer_vendor(question, text="So.", by=Actor.of(ada))

    assert asked == {APPROVE}
    assert piles(client_of(sam)).keys() == {ANSWERED, APPROVE}
    assert piles(client_of(sue)).keys() == {APPROVE}
    # One row, though it waits in two ways.
    (matter,) = client_of(sam).get("/admin/").context["matters"]
    assert matter.kind == "Answered"
    lifecycle.reject(submitted, reason="No.", by=Actor.of(sue))
    assert piles(client_of(sam)).keys() == set()


def test_an_answer_waits_since_it_was_given(
    client_of: Clients, submitted: CSR, ada: User, sam: User
) -> None:
    question = lifecycle.ask_customer(submitted, question="Why now?", by=Actor.of(sam))
    lifecycle.answer_vendor(question, text="For Lyon.", by=Actor.of(ada))
    now = timezone.now()
    CSR.objects.update(state_since=now - timedelta(days=40))
    Question.objects.update(answered_at=now - timedelta(days=3))

    shown = client_of(sam).get("/admin/").context
    listed = client_of(sam).get(f"{CSRS}?mine=answered").content.decode()

    pile = next(one for one in shown["piles"] if one.title == ANSWERED)
    assert pile.since == shown["matters"][0].since == now - timedelta(days=3)
    assert "3 days ago" in listed
    assert "40 days ago" not in listed
    assert "1 month ago" not in listed


def test_what_was_answered_first_is_listed_first(
    client_of: Clients, three: list[CSR], ada: User, sam: User
) -> None:
    CSR.objects.filter(pk__in=[one.pk for one in three]).update(state=CSR.State.SUBMITTED)
    answered = [three[1], three[2], three[0]]
    for csr in answered:
        question = lifecycle.ask_customer(csr, question="Why now?", by=Actor.of(sam))
        lifecycle.answer_vendor(question, text="For Lyon.", by=Actor.of(ada))

    listed = client_of(sam).get(f"{CSRS}?mine=answered").context["cl"].result_list

    assert listed == answered


def test_another_topic_waits_until_this_person_allowed_it(
    client_of: Clients, change: TopicChange, sam: User, sue: User, settings: Settings
) -> None:
    settings.APPROVALS_REQUIRED = 2
    before = piles(client_of(sam)).keys()

    lifecycle.allow_topic_change(change, reason="Meant.", by=Actor.of(sam))

    assert before == {TOPIC}
    assert piles(client_of(sam)).keys() == set()
    assert piles(client_of(sue)).keys() == {TOPIC}
    assert matters(client_of(sue)) == [page(change)]


def test_what_approved_itself_waits_until_somebody_looked_at_it(
    client_of: Clients, approved: CSR, sam: User, sue: User
) -> None:
    now = timezone.now()
    standing = StandingApproval.objects.create(
        customer=approved.customer,
        ends_at=now + timedelta(days=9),
        monthly_limit=1,
        proposed_at=now,
    )
    use = StandingUse.objects.create(standing_approval=standing, csr=approved, used_at=now)
    before = piles(client_of(sue)).keys()

    lifecycle.review_standing_use(use, by=Actor.of(sam))

    assert before == {USE}
    assert piles(client_of(sue)).keys() == set()


def test_a_smaller_number_of_approvals_waits_for_another_person(
    client_of: Clients, acme: Customer, sam: User, sue: User, tom: User
) -> None:
    Customer.objects.filter(pk=acme.pk).update(approvals_required=2)
    lifecycle.set_approvals_required(acme, number=1, by=Actor.of(sam))

    before = [piles(client_of(one)).keys() for one in (sam, sue, tom)]
    lifecycle.set_approvals_required(acme, number=1, by=Actor.of(sue))

    assert before == [set(), {FEWER}, set()]
    assert piles(client_of(sue)).keys() == set()


def test_a_dry_run_waits_for_who_imports(
    client_of: Clients, sam: User, groups: dict[str, Group]
) -> None:
    CustomerImport.objects.create(
        name="a.csv", state="judged", started_at=timezone.now(), total=1, started_by_name="Sam"
    )

    assert piles(client_of(member(sam, groups["Operator"]))).keys() == {IMPORT}
    assert piles(client_of(member(sam, groups["Approver"]))).keys() == set()


@pytest.mark.parametrize("role", ["Support", "Auditor"])
def test_for_roles_that_decide_nothing_nothing_waits(
    role: str, client_of: Clients, submitted: CSR, sam: User, groups: dict[str, Group]
) -> None:
    shown = client_of(member(sam, groups[role])).get("/admin/")

    assert not shown.context["has_desk"]
    assert "Waits for you" not in shown.content.decode()
    assert "waiting for approval" in shown.content.decode()


def test_the_oldest_comes_first_with_its_age(
    client_of: Clients, sue: User, three: list[CSR], submitted: CSR
) -> None:
    as_sue, now = client_of(sue), timezone.now()
    for hours, csr in enumerate([*three, submitted], start=1):
        since = now - timedelta(hours=hours)
        CSR.objects.filter(pk=csr.pk).update(state="submitted", state_since=since)

    shown = as_sue.get("/admin/")

    assert matters(as_sue) == [page(csr) for csr in (submitted, *reversed(three))]
    (pile,) = shown.context["piles"]
    assert (pile.number, pile.title) == ("4", "CSRs to approve")
    assert "the oldest for 4\xa0hours" in shown.content.decode()


def test_what_is_unusual_is_marked_there_already(staff_client: Client, submitted: CSR) -> None:
    (matter,) = staff_client.get("/admin/").context["matters"]

    assert [remark.mark for remark in matter.remarks]
    for remark in matter.remarks:
        assert remark.mark in staff_client.get("/admin/").content.decode()
