"""Staff let another topic in: with a reason, by POST, and by whoever may override alone."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import CSR, TopicChange, User
from pushportal.sandbox.authority import Authority
from tests.conftest import der_of


@pytest.fixture
def change(signed_renewal: CSR, apple: Authority, ada: User) -> TopicChange:
    created = der_of(apple.issue(bytes(signed_renewal.der or b"")))
    change = lifecycle.note_topic_change(signed_renewal, der=created, by=Actor.of(ada))
    lifecycle.want_topic_change(change, by=Actor.of(ada))
    return change


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


@pytest.mark.parametrize("role", ["Operator", "Support", "Auditor"])
def test_whoever_may_not_override_sees_and_does_nothing_more(
    role: str, change: TopicChange, client_of: Callable[[User], Client]
) -> None:
    user = User.objects.create_user("x@vendor.example", None, name="X", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = client_of(user)

    answers = [client.get(allow(change)), client.post(allow(change), {"reason": "Yes"})]

    change.refresh_from_db()
    assert [answer.status_code for answer in answers] == [403, 403]
    assert change.allowed_at is None


def test_a_customer_gets_no_further_than_the_door(
    change: TopicChange, ada: User, client_of: Callable[[User], Client]
) -> None:
    answer = client_of(ada).post(allow(change), {"reason": "Yes"})

    change.refresh_from_db()
    assert answer.status_code in {302, 403}
    assert change.allowed_at is None
