"""Who acts and who looks for a customer: roles are changed and access is ended, never the last."""

from django.db import transaction

from onboarding import errors
from onboarding.errors import gettext_noop
from onboarding.lifecycle import owed_mail
from onboarding.lifecycle.actor import Actor
from onboarding.lifecycle.transition import record
from onboarding.models import Customer, Mail, Membership


@transaction.atomic
def change_role(membership: Membership, *, role: Membership.Role, by: Actor) -> None:
    """Raises LastAdmin where it would leave the customer without one."""
    current = _locked(membership, by=by)
    if current.role == role:
        return
    if role != Membership.Role.ADMIN:
        demand_another_admin(current)
    Membership.objects.filter(pk=current.pk).update(role=role)
    event = record(
        "change_role",
        by=by,
        customer=current.customer,
        person=str(current.user),
        before=current.role,
        role=role,
    )
    owed_mail.about_member(
        Mail.Kind.ROLE_CHANGED,
        current.customer,
        to=current.user.email,
        about=f"{event.pk}/{role}",
    )


@transaction.atomic
def remove_member(membership: Membership, *, by: Actor) -> None:
    """The person sees nothing of the customer any more, from the next click on.

    Raises LastAdmin where it would leave the customer without one.
    """
    current = _locked(membership, by=by)
    demand_another_admin(current)
    Membership.objects.filter(pk=current.pk).delete()
    event = record(
        "remove_member",
        by=by,
        customer=current.customer,
        person=str(current.user),
        role=current.role,
    )
    owed_mail.about_member(
        Mail.Kind.REMOVED, current.customer, to=current.user.email, about=str(event.pk)
    )


def demand_to_manage(by: Actor, customer: Customer) -> None:
    """Raise NotAllowed unless this is an admin of the customer, or staff who keep its record."""
    if not (by.is_admin_of(customer) or by.may("change_membership")):
        raise errors.NotAllowed(
            gettext_noop(
                "Only an admin of %(customer)s may change who belongs to it. Ask one of them."
            ),
            customer=customer,
        )


def demand_another_admin(membership: Membership) -> None:
    """Raise LastAdmin where the customer would have none without this membership as it is."""
    if membership.role != Membership.Role.ADMIN:
        return
    others = Membership.objects.filter(
        customer=membership.customer_id, role=Membership.Role.ADMIN, user__is_active=True
    ).exclude(pk=membership.pk)
    if not others.exists():
        raise errors.LastAdmin(
            gettext_noop(
                "%(person)s is the last admin of %(customer)s. Make somebody else an admin first:"
                " without one nobody could renew its certificates."
            ),
            person=membership.user,
            customer=membership.customer,
        )


def _locked(membership: Membership, *, by: Actor) -> Membership:
    """The membership as it is now. The lock is the customer's, so that of two changes at once
    the second counts the admins that the first left.
    """
    # First the lock, then the look: the actor's own role may just have been taken away.
    customer = Customer.objects.select_for_update().get(pk=membership.customer_id)
    demand_to_manage(by, customer)
    current = customer.memberships.filter(pk=membership.pk).select_related("user").first()
    if current is None:
        raise errors.WrongState(
            gettext_noop("This person does not belong to %(customer)s any more."),
            customer=customer,
        )
    return current
