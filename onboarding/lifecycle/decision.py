"""Staff decide: approve, take an approval back, or reject."""

from collections.abc import Sequence

from django.db import transaction

from onboarding import errors, queue, seen
from onboarding.lifecycle import approvals, owed_mail
from onboarding.lifecycle.actor import Actor, demand_staff
from onboarding.lifecycle.transition import State, demand_state, move, record
from onboarding.models import CSR, Approval, Mail

DECIDABLE = (State.SUBMITTED, State.FAILED)
UNDECIDED = (State.REQUESTED, *DECIDABLE)


@transaction.atomic
def approve(csr: CSR, *, by: Actor, seen_as: str = "", unusual: Sequence[str] = ()) -> None:
    """SUBMITTED or FAILED → APPROVED, once as many people said yes as have to.

    `seen_as` is the token of what the person was shown; Changed is raised if that is no longer so.
    `unusual` are the remarks that stood beside it, which go into the Event.
    """
    demand_staff(by, permission="approve_csr")
    current = _decidable(csr, seen_as)
    approvals.give(current, by)
    given, needed = len(approvals.counting(current)), approvals.required(current)
    record(
        "approve",
        by=by,
        csr=csr,
        public_key_sha256=csr.public_key_sha256,
        approvals=f"{given} of {needed}",
        unusual=list(unusual),
    )
    if given >= needed:
        move(csr, to=State.APPROVED, allowed=DECIDABLE, failure_code="", failure_sentence="")
        queue.sign_approved()


@transaction.atomic
def take_back_approval(csr: CSR, *, by: Actor) -> None:
    """This person's approval is gone, as long as the CSR is not approved."""
    demand_staff(by, permission="approve_csr")
    demand_state(csr, allowed=DECIDABLE)
    taken, _ = Approval.objects.filter(csr=csr, staff=by.user).delete()
    if not taken:
        raise errors.WrongState("There is no approval of yours on this CSR. Nothing was changed.")
    record("take_back_approval", by=by, csr=csr)


@transaction.atomic
def reject(
    csr: CSR, *, reason: str, by: Actor, seen_as: str = "", unusual: Sequence[str] = ()
) -> None:
    """SUBMITTED or FAILED → REJECTED, with the reason that the customer will read.

    `seen_as` and `unusual` as for `approve`.
    """
    demand_staff(by, permission="approve_csr")
    if not reason.strip():
        raise errors.MissingReason("Give a reason: the customer reads it and acts on it.")
    _decidable(csr, seen_as)
    move(csr, to=State.REJECTED, allowed=DECIDABLE, rejection_reason=reason.strip())
    record("reject", by=by, csr=csr, reason=reason.strip(), unusual=list(unusual))
    owed_mail.to_customer(Mail.Kind.REJECTED, csr)


def _decidable(csr: CSR, seen_as: str) -> CSR:
    """The row as it is now, locked, so that two decisions at once come one after the other."""
    demand_state(csr, allowed=DECIDABLE)
    current = CSR.objects.select_related("customer", "requested_by", "renews").get(pk=csr.pk)
    if seen_as and (changes := seen.changes(current, seen=seen_as)):
        raise errors.Changed(
            "This CSR changed since you looked at it. Now: %(changes)s. Nothing was changed:"
            " look at it again, and decide anew.",
            changes="; ".join(changes),
        )
    return current
