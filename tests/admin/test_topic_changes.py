"""Staff let another topic in: with a reason, by POST, and by whoever may override alone."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from onboarding import roles
from onboarding.models import CSR, TopicChange, User
from tests.admin.conftest import member


def allow(change: TopicChange) -> str:
    return reverse("admin:onboarding_topicchange_allow", args=[change.pk])


def test_staff_see_what_is_asked_for(staff_client: Client, change: TopicChange) -> None:
    listed = staff_client.get(
        reverse("admin:onboarding_topicchange_changelist"), {"csr__id__exact": str(change.csr_id)}
    ).content.decode()
    page = staff_client.get(
        reverse("admin:onboarding_topicchange_change", args=[change.pk])
    ).content.decode()

    assert change.topic in listed
    assert "Asked for" in listed
    assert allow(change) in page


def test_allowing_asks_first_and_demands_a_reason(
    staff_client: Client, change: TopicChange
) -> None:
    asked = staff_client.get(allow(change))
    empty = staff_client.post(allow(change), {"reason": " "})

    change.refresh_from_db()
    assert "every device of this customer has to be enrolled again" in asked.content.decode()
    assert empty.status_code == 422
    assert "Give a reason" in empty.content.decode()
    assert change.allowed_at is None


def test_with_a_reason_it_is_allowed(staff_client: Client, change: TopicChange) -> None:
    answer = staff_client.post(allow(change), {"reason": "Confirmed by phone."}, follow=True)

    change.refresh_from_db()
    assert change.allowed_at is not None
    assert "the customer was told" in answer.content.decode()
    assert "Confirmed by phone." in answer.content.decode()


def test_a_refusal_keeps_the_reason_as_typed(staff_client: Client, change: TopicChange) -> None:
    CSR.objects.filter(pk=change.csr_id).update(state=CSR.State.WITHDRAWN)

    answer = staff_client.post(allow(change), {"reason": "Confirmed by phone."})

    assert answer.status_code == 422
    assert "Nothing was changed." in answer.content.decode()
    assert "Confirmed by phone." in answer.content.decode()


def test_a_second_account_is_told_who_said_yes_and_offered_none(
    client_of: Callable[[User], Client],
    change: TopicChange,
    sam: User,
    groups: dict[str, Group],
    settings: Settings,
) -> None:
    settings.APPROVALS_REQUIRED = 2
    again = User.objects.create_user("sam+2@vendor.example", "pw", name="Sam", is_staff=True)
    client = client_of(member(again, groups[roles.APPROVER]))
    client_of(sam).post(allow(change), {"reason": "Confirmed by phone."})
    page = reverse("admin:onboarding_topicchange_change", args=[change.pk])

    shown, asked = client.get(page).content.decode(), client.get(allow(change)).content.decode()
    said = client.post(allow(change), {"reason": "Once more."})

    why = "You allowed this already, as sam@vendor.example: one person counts once; someone else"
    for content in (shown, asked, said.content.decode()):
        assert "2 people have to allow it. 1 did so far: Sam." in content
        assert why in content
        assert "Your yes is noted" not in content
    assert allow(change) not in shown
    assert "Allow the new topic</button>" not in asked
    assert "Allow another topic for Acme?" not in asked
    assert said.status_code == 422
    # What was typed in vain is still there.
    assert '<p class="said">Once more.</p>' in said.content.decode()
    assert TopicChange.objects.get().approvals.count() == 1


def take_back(change: TopicChange) -> str:
    return reverse("admin:onboarding_topicchange_take_back", args=[change.pk])


def test_a_yes_that_waits_for_another_is_taken_back(
    client_of: Callable[[User], Client],
    change: TopicChange,
    sam: User,
    sue: User,
    settings: Settings,
) -> None:
    settings.APPROVALS_REQUIRED = 2
    page = reverse("admin:onboarding_topicchange_change", args=[change.pk])
    client_of(sam).post(allow(change), {"reason": "Confirmed by phone."})
    mine, theirs = (client_of(one).get(page).content.decode() for one in (sam, sue))
    asked = client_of(sam).get(take_back(change)).content.decode()

    answer = client_of(sam).post(take_back(change), follow=True).content.decode()

    assert take_back(change) in mine
    assert take_back(change) not in theirs
    assert "Take my yes back</button>" in asked
    assert "Your yes is taken back." in answer
    assert allow(change) in answer
    assert take_back(change) not in answer
    assert not change.approvals.exists()


def test_where_there_is_no_yes_none_is_taken_back(
    staff_client: Client, change: TopicChange
) -> None:
    for answer in (staff_client.get(take_back(change)), staff_client.post(take_back(change))):
        assert "no yes of yours to this topic that could be taken back" in answer.content.decode()
        assert "Take my yes back</button>" not in answer.content.decode()


def decline(change: TopicChange) -> str:
    return reverse("admin:onboarding_topicchange_decline", args=[change.pk])


def test_a_no_reaches_the_customer(
    staff_client: Client, client_of: Callable[[User], Client], change: TopicChange, ada: User
) -> None:
    offered = staff_client.get(
        reverse("admin:onboarding_topicchange_change", args=[change.pk])
    ).content.decode()

    answer = staff_client.post(decline(change), {"reason": "Press <Renew>."}, follow=True)

    assert decline(change) in offered
    assert "Declined: the customer was told." in answer.content.decode()
    assert "Press &lt;Renew&gt;." in answer.content.decode()
    assert decline(change) not in answer.content.decode()
    assert allow(change) not in answer.content.decode()
    for address in (change.get_absolute_url(), change.csr.get_absolute_url()):
        assert "declined" in client_of(ada).get(address).content.decode()
    assert "Press &lt;Renew&gt;." in client_of(ada).get(change.get_absolute_url()).content.decode()


def test_declining_asks_first_and_demands_a_reason(
    staff_client: Client, change: TopicChange
) -> None:
    asked = staff_client.get(decline(change))
    empty = staff_client.post(decline(change), {"reason": " "})

    change.refresh_from_db()
    assert change.topic in asked.content.decode()
    assert empty.status_code == 422
    assert change.declined_at is None


def test_what_nobody_asked_for_is_not_offered_to_be_declined(
    staff_client: Client, change: TopicChange
) -> None:
    TopicChange.objects.update(wanted_at=None, wanted_by=None)

    shown = staff_client.get(
        reverse("admin:onboarding_topicchange_change", args=[change.pk])
    ).content.decode()

    assert allow(change) in shown
    assert decline(change) not in shown


def test_pages_of_csr_and_customer_lead_to_another_topic(
    staff_client: Client, change: TopicChange
) -> None:
    address = reverse("admin:onboarding_topicchange_change", args=[change.pk])
    noun_and_row = (("csr", change.csr), ("customer", change.csr.customer))
    pages = [
        reverse(f"admin:onboarding_{noun}_change", args=[row.pk]) for noun, row in noun_and_row
    ]

    before = [staff_client.get(page).content.decode() for page in pages]
    staff_client.post(decline(change), {"reason": "Press Renew."})
    after = [staff_client.get(page).content.decode() for page in pages]

    for shown in before:
        assert f'href="{address}"' in shown
        assert "To be decided" in shown
    for shown in after:
        assert "Declined" in shown
        assert "Press Renew." in shown


@pytest.mark.parametrize(
    ("which", "count"), [("asked", 0), ("mine", 0), ("declined", 1), ("allowed", 0), ("all", 1)]
)
def test_the_list_is_narrowed(
    staff_client: Client, change: TopicChange, which: str, count: int
) -> None:
    staff_client.post(decline(change), {"reason": "Press Renew."})

    listed = staff_client.get(reverse("admin:onboarding_topicchange_changelist"), {"which": which})

    assert listed.context["cl"].result_count == count


@pytest.mark.parametrize("role", ["Operator", "Support", "Auditor"])
def test_whoever_may_not_override_sees_and_does_nothing_more(
    role: str, change: TopicChange, client_of: Callable[[User], Client]
) -> None:
    user = User.objects.create_user("x@vendor.example", None, name="X", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = client_of(user)

    answers = [
        answer
        for address in (allow(change), decline(change))
        for answer in (client.get(address), client.post(address, {"reason": "Yes"}))
    ]

    change.refresh_from_db()
    assert [answer.status_code for answer in answers] == [403] * 4
    assert not change.is_decided


def test_a_customer_gets_no_further_than_the_door(
    change: TopicChange, ada: User, client_of: Callable[[User], Client]
) -> None:
    answer = client_of(ada).post(allow(change), {"reason": "Yes"})

    change.refresh_from_db()
    assert answer.status_code in {302, 403}
    assert change.allowed_at is None
