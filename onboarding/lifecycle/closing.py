"""A customer is closed: nothing goes on, no key stays, nobody gets in. Its history is kept."""

from django.db import transaction
from django.utils import timezone

from onboarding import errors
from onboarding.errors import gettext_noop
from onboarding.lifecycle import custody, owed_mail, standing, withdrawal
from onboarding.lifecycle.actor import Actor, demand_staff
from onboarding.lifecycle.transition import record
from onboarding.models import CSR, Customer

_CLOSED = gettext_noop("The customer was closed.")


@transaction.atomic
def close_customer(customer: Customer, *, name: str, reason: str, by: Actor) -> None:
    """Withdraw what is live, destroy every push key, shut the customer's people out and tell them.

    A standing approval ends, too.

    `name` is the customer's as somebody typed it, so that nobody closes another by mistake.
    """
    demand_staff(by, permission="close_customer")
    if name.strip() != customer.name:
        raise errors.WrongState(
            "The name that was typed is not “%(name)s”. Nothing was changed.", name=customer.name
        )
    if not reason.strip():
        raise errors.MissingReason("Give a reason: whoever looks at this later will want to know.")
    now = timezone.now()
    if not Customer.objects.open().filter(pk=customer.pk).update(closed_at=now):
        raise errors.WrongState("This customer is closed already. Nothing was changed.")
    ended = withdrawal.end_all(customer.csrs.live(), why=_CLOSED, by=by)
    customer.invitations.open().update(withdrawn_at=now)
    destroyed = 0
    for csr in CSR.objects.keeping_key().filter(customer=customer):
        custody.let_go(csr, by=by)
        destroyed += 1
    standing.end_with_customer(customer, by=by)
    customer.refresh_from_db()
    closing = record(
        "close_customer",
        by=by,
        customer=customer,
        reason=reason.strip(),
        csrs_ended=ended,
        keys_destroyed=destroyed,
    )
    owed_mail.customer_closed(customer, closing=closing)


@transaction.atomic
def reopen_customer(customer: Customer, *, reason: str, by: Actor) -> None:
    """Let the customer's people in again; its destroyed keys do not come back."""
    demand_staff(by, permission="close_customer")
    if not reason.strip():
        raise errors.MissingReason("Give a reason: whoever looks at this later will want to know.")
    closed = Customer.objects.filter(pk=customer.pk, closed_at__isnull=False)
    if not closed.update(closed_at=None):
        raise errors.WrongState("This customer is not closed. Nothing was changed.")
    owed_mail.call_off_closing(customer)
    customer.refresh_from_db()
    record("reopen_customer", by=by, customer=customer, reason=reason.strip())
