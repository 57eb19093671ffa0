"""A CSR is taken back before it led to a certificate."""

from collections.abc import Iterable

from django.db import transaction

from onboarding.lifecycle.actor import Actor, demand_admin_or_staff
from onboarding.lifecycle.transition import State, move, record
from onboarding.models import CSR

WITHDRAWABLE = (State.REQUESTED, State.SUBMITTED, State.APPROVED, State.SIGNED)


@transaction.atomic
def withdraw(csr: CSR, *, by: Actor) -> None:
    """REQUESTED, SUBMITTED, APPROVED or SIGNED → WITHDRAWN."""
    demand_admin_or_staff(by, csr.customer, permission="withdraw_csr")
    take_back(csr, by=by)


def take_back(csr: CSR, *, by: Actor) -> None:
    """As `withdraw`, for a verb that has asked who acts. Call within a transaction."""
    move(csr, to=State.WITHDRAWN, allowed=WITHDRAWABLE)
    record("withdraw", by=by, csr=csr)


def end_all(csrs: Iterable[CSR], *, why: str, by: Actor) -> int:
    """End these live CSRs, each by the way that its state has; how many. `why` is for customers."""
    count = 0
    for csr in csrs:
        if csr.state == State.FAILED:
            move(csr, to=State.REJECTED, allowed=[State.FAILED], rejection_reason=why)
            record("reject", by=by, csr=csr, reason=why)
        else:
            take_back(csr, by=by)
        count += 1
    return count
