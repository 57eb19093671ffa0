"""How people get in: invited by mail, for one address, with a link that works once."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from onboarding import errors, person
from onboarding.errors import gettext_noop
from onboarding.lifecycle import owed_mail
from onboarding.lifecycle.actor import Actor, demand_open
from onboarding.lifecycle.transition import record
from onboarding.models import Customer, Invitation, Mail, Membership, User
from onboarding.models.invitation import LIFETIME


@transaction.atomic
def invite(
    customer: Customer, *, email: str, role: Membership.Role, language: str = "", by: Actor
) -> Invitation:
    """A new invitation; the worker mails its link, in `language` where that is known.

    Raises AlreadyThere for who is a member, or is invited and has not answered yet.
    """
    demand_to_invite(by, customer)
    if by.user is None:
        raise errors.NotAllowed(gettext_noop("An invitation is sent by a person."))
    demand_open(customer)
    if by.may("invite_people"):
        _demand_no_staff(email)
    # Locked, so that of two invitations to one address the second sees the first.
    Customer.objects.select_for_update().get(pk=customer.pk)
    _demand_new(customer, email)
    now = timezone.now()
    invitation = Invitation.objects.create(
        customer=customer,
        email=email,
        role=role,
        language=language,
        invited_by=by.user,
        invited_at=now,
        link_at=now,
    )
    _record("invite", invitation, by=by, role=role)
    owed_mail.invitation(invitation)
    return invitation


@transaction.atomic
def resend_invitation(invitation: Invitation, *, by: Actor) -> None:
    """A new link, which is mailed and works for a week; those before it work no more."""
    demand_to_invite(by, invitation.customer)
    current = _locked(invitation)
    owed_mail.call_off_invitation(current)
    current.link, current.link_at = current.link + 1, timezone.now()
    current.save(update_fields=["link", "link_at"])
    _record("resend_invitation", current, by=by, link=current.link)
    owed_mail.invitation(current)


@transaction.atomic
def withdraw_invitation(invitation: Invitation, *, by: Actor) -> None:
    demand_to_invite(by, invitation.customer)
    current = _locked(invitation)
    Invitation.objects.filter(pk=current.pk).update(withdrawn_at=timezone.now())
    owed_mail.call_off_invitation(current)
    _record("withdraw_invitation", current, by=by)


@transaction.atomic
def accept(invitation: Invitation, *, link: int, by: Actor) -> Membership:
    """Who was invited becomes a member. `link` is the number of the link that was opened.

    Raises InvitationGone, AnotherPerson. A member keeps the higher one of both roles.
    """
    current = _locked(invitation)
    demand_usable(current, link=link)
    user = by.user
    if user is None or user.email.casefold() != current.email.casefold():
        raise errors.AnotherPerson(
            gettext_noop("This invitation is for %(email)s. Sign in with that address."),
            email=current.email,
        )
    Invitation.objects.filter(pk=current.pk).update(accepted_at=timezone.now(), accepted_by=user)
    membership, is_new = Membership.objects.get_or_create(
        user=user, customer=current.customer, defaults={"role": current.role}
    )
    if not is_new and current.role == Membership.Role.ADMIN:
        Membership.objects.filter(pk=membership.pk).update(role=current.role)
    owed_mail.call_off_invitation(current)
    _record("accept_invitation", current, by=by, role=current.role)
    owed_mail.about_member(
        Mail.Kind.JOINED,
        current.customer,
        to=current.invited_by.email,
        about=f"{current.pk}/{user.pk}",
    )
    return membership


@transaction.atomic
def join(invitation: Invitation, *, link: int, name: str, password: str | None) -> User:
    """An account for who was invited and has none, a member at once.

    The link came by mail, so the address is proved. Without a password the person gets a passkey
    next, or signs in by other means.
    """
    current = _locked(invitation)
    demand_usable(current, link=link)
    try:
        with transaction.atomic():
            user = User.objects.create_user(current.email, password, name=name)
    except IntegrityError as error:
        raise errors.AlreadyThere(
            gettext_noop("There is an account for %(email)s already. Sign in with it."),
            email=current.email,
        ) from error
    accept(current, link=link, by=Actor.of(user))
    return user


def demand_usable(invitation: Invitation, *, link: int) -> None:
    """Raise InvitationGone with what happened to it, and what to do, unless it can be accepted."""
    if invitation.accepted_at:
        raise errors.InvitationGone(
            gettext_noop("This invitation was accepted already. Sign in with %(email)s."),
            email=invitation.email,
        )
    if invitation.withdrawn_at:
        raise errors.InvitationGone(
            gettext_noop(
                "This invitation was withdrawn. If you still need access, ask an admin of"
                " %(customer)s to invite you again."
            ),
            customer=invitation.customer,
        )
    if link != invitation.link:
        raise errors.InvitationGone(
            gettext_noop(
                "This link was replaced by a newer one. Open the link in the latest mail to"
                " %(email)s."
            ),
            email=invitation.email,
        )
    if invitation.is_expired(timezone.now()):
        raise errors.InvitationGone(
            gettext_noop(
                "This link worked for %(days)s days and is too old now. Ask an admin of"
                " %(customer)s, or whoever invited you, for a new one."
            ),
            days=LIFETIME.days,
            customer=invitation.customer,
        )


def demand_to_invite(by: Actor, customer: Customer) -> None:
    """Raise NotAllowed unless this is an admin of the customer, or staff who may invite."""
    if not (by.is_admin_of(customer) or by.may("invite_people")):
        raise errors.NotAllowed(
            gettext_noop("Only an admin of %(customer)s may invite people. Ask one of them."),
            customer=customer,
        )


def _demand_new(customer: Customer, email: str) -> None:
    if customer.memberships.filter(user__email__iexact=email).exists():
        raise errors.AlreadyThere(
            gettext_noop("%(email)s belongs to %(customer)s already. Change the role in the list."),
            email=email,
            customer=customer,
        )
    if customer.invitations.open().filter(email__iexact=email).exists():
        raise errors.AlreadyThere(
            gettext_noop(
                "%(email)s is invited already and has not answered yet. Send a new link from the"
                " list of open invitations, or withdraw that invitation first."
            ),
            email=email,
        )


def _demand_no_staff(email: str) -> None:
    """Staff see every customer already, and as a member they would ask for what they approve."""
    staff = User.objects.filter(is_staff=True, is_active=True).values_list("email", flat=True)
    if person.of(email) in map(person.of, staff):
        raise errors.AlreadyThere(
            "%(email)s is one of your own staff, who see every customer here. Invite somebody of"
            " the customer, under an address of theirs.",
            email=email,
        )


def _locked(invitation: Invitation) -> Invitation:
    """The row as it is now, this transaction's alone. Raises InvitationGone when it has ended."""
    rows = Invitation.objects.select_for_update(of=("self",))
    current = rows.select_related("customer", "invited_by").get(pk=invitation.pk)
    if current.accepted_at or current.withdrawn_at:
        demand_usable(current, link=current.link)
    return current


def _record(verb: str, invitation: Invitation, *, by: Actor, **facts: Any) -> None:
    """Any: as `record` takes them."""
    record(
        verb,
        by=by,
        customer=invitation.customer,
        invitation=str(invitation.pk),
        email=invitation.email,
        **facts,
    )
