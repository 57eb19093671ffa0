"""A CSR is taken back before it led to a certificate."""

from django.db import transaction

from onboarding.lifecycle.actor import Actor, demand_admin_or_staff
from onboarding.lifecycle.transition import State, move, record
from onboarding.models import CSR

WITHDRAWABLE = (State.REQUESTED, State.SUBMITTED, State.APPROVED, State.SIGNED)


@transaction.atomic
def withdraw(csr: CSR, *, by: Actor) -> None:
    """REQUESTED, SUBMITTED, APPROVED or SIGNED → WITHDRAWN."""
    demand_admin_or_staff(by, csr.customer, permission="withdraw_csr")
    move(csr, to=State.WITHDRAWN, allowed=WITHDRAWABLE)
    record("withdraw", by=by, csr=csr)
