"""Staff decide: approve or reject."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from onboarding import errors, queue
from onboarding.lifecycle import owed_mail
from onboarding.lifecycle.actor import Actor, demand_staff
from onboarding.lifecycle.transition import State, demand_state, move, record
from onboarding.models import CSR, Approval, Mail

DECIDABLE = (State.SUBMITTED, State.FAILED)


@transaction.atomic
def approve(csr: CSR, *, by: Actor) -> None:
    """SUBMITTED or FAILED → APPROVED, once as many people as APPROVALS_REQUIRED said yes."""
    demand_staff(by, permission="approve_csr")
    # Locked, so that two approvals at once are counted one after the other.
    demand_state(csr, allowed=DECIDABLE)
    _demand_other_eyes(csr, by)
    _, is_new = Approval.objects.get_or_create(
        csr=csr, staff=by.user, defaults={"given_at": timezone.now()}
    )
    if not is_new:
        raise errors.WrongState("You approved this CSR already; someone else has to, too.")
    # Asked of the database: what a caller fetched with the CSR does not count this one.
    given = Approval.objects.filter(csr=csr).count()
    record(
        "approve",
        by=by,
        csr=csr,
        public_key_sha256=csr.public_key_sha256,
        approvals=f"{given} of {settings.APPROVALS_REQUIRED}",
    )
    if given >= settings.APPROVALS_REQUIRED:
        move(csr, to=State.APPROVED, allowed=DECIDABLE, failure_code="", failure_sentence="")
        queue.sign_approved()


@transaction.atomic
def reject(csr: CSR, *, reason: str, by: Actor) -> None:
    """SUBMITTED or FAILED → REJECTED, with the reason that the customer will read."""
    demand_staff(by, permission="approve_csr")
    if not reason.strip():
        raise errors.MissingReason("Give a reason: the customer reads it and acts on it.")
    move(csr, to=State.REJECTED, allowed=DECIDABLE, rejection_reason=reason.strip())
    record("reject", by=by, csr=csr, reason=reason.strip())
    owed_mail.to_customer(Mail.Kind.REJECTED, csr)


def _demand_other_eyes(csr: CSR, by: Actor) -> None:
    if settings.APPROVALS_REQUIRED > 1 and by.user == csr.requested_by:
        raise errors.NotAllowed("You asked for this CSR yourself, so other people have to approve.")
