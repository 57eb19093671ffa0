"""How many people approve a customer's CSRs: more at once, fewer once two people want it."""

from django.db import transaction
from django.utils import timezone

from onboarding import errors
from onboarding.lifecycle import approvals
from onboarding.lifecycle.actor import Actor, demand_staff
from onboarding.lifecycle.decision import UNDECIDED
from onboarding.lifecycle.transition import record
from onboarding.models import CSR, Customer, User

# More people than that would approve nothing any more.
MOST = 9
_PERMISSION = "set_approvals"


@transaction.atomic
def set_approvals_required(customer: Customer, *, number: int, by: Actor) -> bool:
    """How many people approve this customer's CSRs, where the setting does not demand more.

    A smaller number only waits, until another person sets it, too: whoever lowers it could approve
    alone otherwise. True if the number counts now. It is for CSRs to come: those that wait keep
    the one that they came in under.
    """
    person = demand_staff(by, permission=_PERMISSION)
    if not 1 <= number <= MOST:
        raise errors.InvalidNumber(
            "%(found)s people cannot be demanded; give a number from 1 to %(most)s.",
            found=number,
            most=MOST,
        )
    # Locked, so that of two people at once the second sees what the first wants.
    current = Customer.objects.select_for_update().get(pk=customer.pk)
    if number < current.approvals_required and not _is_wanted_by_another(current, number, person):
        _want(current, number, by=by)
        counts = False
    else:
        _set(current, number, by=by)
        counts = True
    customer.refresh_from_db()
    return counts


def why_not_fewer(customer: Customer, *, by: User) -> str:
    """Why this person cannot be the second one for the number that waits; empty if they can."""
    first = customer.fewer_approvals_by
    if first is None or not approvals.is_same(first, by):
        return ""
    account = approvals.under_another_account(first, by)
    return (
        f"You asked for {customer.fewer_approvals} yourself{account}. A second operator has to"
        " confirm it, or a superuser. If there is none, a superuser makes one: under Users, by the"
        " role “Operator”."
    )


def waiting(customer: Customer) -> str:
    """Who wants which smaller number, and what has to happen; empty if nobody does."""
    if customer.fewer_approvals_at is None or customer.fewer_approvals is None:
        return ""
    return (
        f"{customer.fewer_approvals_by} asked on {customer.fewer_approvals_at:%Y-%m-%d %H:%M} UTC"
        f" to lower this customer's number from {customer.approvals_required} to"
        f" {customer.fewer_approvals}. It stays {customer.approvals_required} until another"
        " operator or a superuser confirms that, on the page on how its CSRs are approved."
    )


def _is_wanted_by_another(current: Customer, number: int, person: User) -> bool:
    """Whether somebody else asked for this number, who may still set it; NotAllowed for oneself."""
    first = current.fewer_approvals_by
    if first is None or current.fewer_approvals != number or not Actor.of(first).may(_PERMISSION):
        return False
    if sentence := why_not_fewer(current, by=person):
        raise errors.NotAllowed("%(why)s Nothing was changed.", why=sentence)
    return True


def _want(current: Customer, number: int, *, by: Actor) -> None:
    Customer.objects.filter(pk=current.pk).update(
        fewer_approvals=number, fewer_approvals_by=by.user, fewer_approvals_at=timezone.now()
    )
    record(
        "want_fewer_approvals",
        by=by,
        customer=current,
        number=number,
        before=current.approvals_required,
    )


def _set(current: Customer, number: int, *, by: Actor) -> None:
    """This number counts, and none waits any more."""
    before, wanted_by = current.approvals_required, current.fewer_approvals_by
    if number == before and wanted_by is None:
        return
    if number < before:
        undecided = CSR.objects.filter(customer=current, state__in=UNDECIDED)
        undecided.filter(approvals_required__lt=before).update(approvals_required=before)
    Customer.objects.filter(pk=current.pk).update(
        approvals_required=number,
        fewer_approvals=None,
        fewer_approvals_by=None,
        fewer_approvals_at=None,
    )
    wanted = {"by": wanted_by.email, "number": current.fewer_approvals} if wanted_by else None
    record(
        "set_approvals_required",
        by=by,
        customer=current,
        number=number,
        before=before,
        wanted=wanted,
    )
