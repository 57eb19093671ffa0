"""What staff can decide about a CSR: for each decision its words and its verb."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import CSR, User

State = CSR.State
# What a person can still look through before saying yes.
LIMIT = 100


@dataclass(frozen=True, slots=True)
class Decision:
    """`act` takes the CSR, who decides, and the reason, which is empty where none is needed."""

    name: str
    button: str
    done: str
    consequence: str
    states: Collection[State]
    tone: str
    permission: str
    act: Callable[[CSR, Actor, str], None]
    needs_reason: bool = False

    def fits(self, csr: CSR) -> bool:
        return csr.state in self.states


APPROVE = Decision(
    name="approve",
    button="Approve",
    done="Approved",
    consequence=(
        "Each is signed with the vendor's key, within seconds, and the customer is told. A"
        " signature that was handed out cannot be taken back."
    ),
    states=(State.SUBMITTED, State.FAILED),
    tone="success",
    permission="approve_csr",
    act=lambda csr, actor, _: lifecycle.approve(csr, by=actor),
)
REJECT = Decision(
    name="reject",
    button="Reject",
    done="Rejected",
    consequence=(
        "The customer gets a mail with your reason, and has to make a new CSR. This cannot be"
        " undone."
    ),
    states=(State.SUBMITTED, State.FAILED),
    tone="danger",
    permission="approve_csr",
    act=lambda csr, actor, reason: lifecycle.reject(csr, reason=reason, by=actor),
    needs_reason=True,
)
WITHDRAW = Decision(
    name="withdraw",
    button="Withdraw",
    done="Withdrawn",
    consequence=(
        "The CSR is put away on the customer's behalf, and no mail is sent. This cannot be undone;"
        " the customer can make a new one."
    ),
    states=(State.REQUESTED, State.SUBMITTED, State.APPROVED, State.SIGNED),
    tone="plain",
    permission="withdraw_csr",
    act=lambda csr, actor, _: lifecycle.withdraw(csr, by=actor),
)
BY_NAME = {decision.name: decision for decision in (APPROVE, REJECT, WITHDRAW)}


def forecast(decision: Decision, csr: CSR, *, by: User, approved_by: Collection[UUID]) -> str:
    """What this decision would do to this CSR, in a few words; `approved_by` are users' ids."""
    if not decision.fits(csr):
        return f"Nothing: it is “{csr.get_state_display()}” now."
    if decision is not APPROVE or settings.APPROVALS_REQUIRED == 1:
        return f"Will be {decision.done.lower()}."
    return _of_one_approval(csr, by, approved_by)


def _of_one_approval(csr: CSR, by: User, given: Collection[UUID]) -> str:
    if csr.requested_by_id == by.pk:
        return "Nothing: you asked for it yourself, so others have to approve."
    if by.pk in given:
        return "Nothing: you approved it already; someone else has to, too."
    count = f"Approval {len(given) + 1} of {settings.APPROVALS_REQUIRED}"
    is_last = len(given) + 1 >= settings.APPROVALS_REQUIRED
    return f"{count}, then it is signed." if is_last else f"{count}; it goes on waiting."
