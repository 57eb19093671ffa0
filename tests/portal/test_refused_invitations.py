"""An invitation whose mail was refused: who sent it, and staff, are told so."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import Customer, Invitation, Mail, User


@pytest.fixture
def refused(invited: Invitation) -> Mail:
    mail = Mail.objects.get(kind=Mail.Kind.INVITATION, customer=invited.customer)
    mail.failure, mail.refusals, mail.refused_at = "550 5.1.1 None", 1, timezone.now()
    mail.save()
    return mail


@pytest.mark.usefixtures("refused")
def test_it_is_told_where_the_invitation_is(as_ada: Client, as_bob: Client, acme: Customer) -> None:
    of_admin, of_reader = listed(as_ada, acme), listed(as_bob, acme)

    for page in (of_admin, of_reader):
        assert "could not be delivered to this address, and is not tried again." in page
        assert "The link works until" not in page
    assert "or send a new link." in of_admin
    assert "or send a new link." not in of_reader


@pytest.mark.usefixtures("refused")
def test_it_is_told_to_staff(
    client: Client, acme: Customer, invited: Invitation, staff_who_invite: User
) -> None:
    client.force_login(staff_who_invite)
    desk = reverse("admin:onboarding_invitation_changelist")

    for address in (desk, f"{desk}{invited.pk}/change/"):
        assert "Mail refused" in client.get(address).content.decode()
    of_customer = client.get(reverse("admin:onboarding_customer_change", args=[acme.pk]))
    assert "its mail was refused" in of_customer.content.decode()


def test_it_may_be_tried_again_still(
    as_ada: Client,
    client: Client,
    acme: Customer,
    refused: Mail,
    staff_who_invite: User,
) -> None:
    Mail.objects.filter(pk=refused.pk).update(refused_at=None)
    client.force_login(staff_who_invite)

    assert "could not be delivered yet. It is tried again." in listed(as_ada, acme)
    desk = client.get(reverse("admin:onboarding_invitation_changelist"))
    assert "Mail not sent yet" in desk.content.decode()


def test_another_customers_is_not_told(
    as_ada: Client, acme: Customer, globex: Customer, refused: Mail
) -> None:
    Mail.objects.filter(pk=refused.pk).update(customer=globex)

    assert "The link works until" in listed(as_ada, acme)


@pytest.mark.parametrize("verb", [lifecycle.resend_invitation, lifecycle.withdraw_invitation])
def test_it_goes_with_its_link(
    invited: Invitation, ada: User, refused: Mail, verb: Callable[..., None]
) -> None:
    verb(invited, by=Actor.of(ada))

    assert not Mail.objects.filter(pk=refused.pk).exists()


def listed(client: Client, customer: Customer) -> str:
    return client.get(reverse("portal:people", args=[customer.pk])).content.decode()
