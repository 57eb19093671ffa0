"""Which rows a person sees, and whether they may act on them."""

from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from onboarding import errors, language
from onboarding.errors import gettext_noop
from onboarding.lifecycle import Actor
from onboarding.models import (
    CSR,
    Customer,
    Export,
    Invitation,
    Membership,
    PushCertificate,
    Question,
    User,
)
from onboarding.models.export import ExportQuerySet


def customer(user: User, pk: UUID) -> Customer:
    """The customer, or the same 404 whether it is another's or nobody's."""
    return get_object_or_404(Customer.objects.visible_to(user), pk=pk)


def csr(user: User, pk: UUID) -> CSR:
    rows = CSR.objects.visible_to(user).select_related(
        "customer", "requested_by", "renews", "vendor_certificate", "push_certificate"
    )
    return get_object_or_404(rows, pk=pk)


def csr_question(user: User, pk: UUID) -> Question:
    rows = Question.objects.filter(csr__customer__memberships__user=user)
    return get_object_or_404(rows.select_related("csr__customer", "asked_by"), pk=pk)


def certificate(user: User, pk: UUID) -> PushCertificate:
    rows = PushCertificate.objects.visible_to(user).with_old_ones().select_related("customer")
    return get_object_or_404(rows, pk=pk)


def export(user: User, pk: UUID) -> Export:
    """An export that this person asked for; one of a colleague is like none."""
    rows = Export.objects.filter(
        asked_by=user, push_certificate__in=PushCertificate.objects.visible_to(user)
    )
    return get_object_or_404(
        rows.select_related("push_certificate__csr", "push_certificate__customer", "asked_by"),
        pk=pk,
    )


def waiting_exports(user: User, owner: Customer) -> ExportQuerySet:
    """Those that this person asked for and may still download."""
    if not may_export(user, owner):
        return Export.objects.none()
    mine = Export.objects.waiting_for(user, now=timezone.now())
    return mine.filter(push_certificate__customer=owner)


def member(user: User, pk: int) -> Membership:
    rows = Membership.objects.filter(customer__in=Customer.objects.visible_to(user))
    return get_object_or_404(rows.select_related("customer", "user"), pk=pk)


def invitation(user: User, pk: UUID) -> Invitation:
    rows = Invitation.objects.filter(customer__in=Customer.objects.visible_to(user))
    return get_object_or_404(rows.select_related("customer"), pk=pk)


def renewed(owner: Customer, pk: str | None) -> PushCertificate | None:
    """The active certificate of `owner` that ?renews= names, None without one."""
    if not pk:
        return None
    try:
        found = get_object_or_404(owner.push_certificates.select_related("csr"), pk=UUID(pk))
    except ValueError as error:
        raise Http404 from error
    if found.state != PushCertificate.State.ACTIVE:
        raise errors.WrongState(
            gettext_noop(
                "This certificate is not the active one any more (%(state)s), so it cannot be"
                " renewed. Renew the active one."
            ),
            state=language.marked(PushCertificate.State(found.state).label),
        )
    return found


def may_act(user: User, owner: Customer) -> bool:
    actor = Actor.of(user)
    return actor.is_admin_of(owner) or actor.may("act_for_customer")


def may_export(user: User, owner: Customer) -> bool:
    """The customer's own admins alone: the vendor's staff may do much, but not take a key."""
    return Actor.of(user).is_admin_of(owner)


def may_answer(user: User, owner: Customer) -> bool:
    """The question on the Apple Account: whoever may act, and whoever may by the mail's link."""
    return may_act(user, owner) or owner.is_told(user.email)


def demand_admin(user: User, owner: Customer) -> None:
    """Asked before anything is read of what was sent. Raises NotAllowed."""
    if not may_export(user, owner):
        raise errors.NotAllowed(
            gettext_noop("Only an admin of %(customer)s may export a key. Ask one of them."),
            customer=owner,
        )


def demand_to_act(user: User, owner: Customer) -> None:
    """Asked before anything is read of what was sent. Raises NotAllowed."""
    if not may_act(user, owner):
        raise errors.NotAllowed(
            gettext_noop(
                "You may look at %(customer)s and download, but not act for it. Ask one of its"
                " admins."
            ),
            customer=owner,
        )


def demand_to_answer(user: User, owner: Customer) -> None:
    """Asked before anything is read of what was sent. Raises NotAllowed."""
    if not may_answer(user, owner):
        demand_to_act(user, owner)
