"""Standing approvals: given beforehand, ended at once, used for renewals without a change."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from onboarding import errors, queue
from onboarding.lifecycle import approvals
from onboarding.lifecycle.actor import Actor, demand_open, demand_staff
from onboarding.lifecycle.transition import State, move, record
from onboarding.models import (
    CSR,
    Customer,
    PushCertificate,
    StandingApproval,
    StandingConsent,
    User,
)
from onboarding.models.standing_approval import StandingUse
from onboarding.pki import csr as pki_csr
from onboarding.pki.names import Subject

# Longer, and nobody remembers what was agreed to.
LONGEST = timedelta(days=400)
MOST = 1000


@transaction.atomic
def give_standing_approval(
    customer: Customer, *, ends_at: datetime, monthly_limit: int, by: Actor
) -> StandingApproval:
    """A new one, with this person's consent; in force once as many agree as approve a CSR."""
    person = demand_staff(by, permission="approve_csr")
    now = timezone.now()
    _demand_terms(ends_at, monthly_limit, now)
    # Locked, so that of two at once the second is told.
    Customer.objects.select_for_update().get(pk=customer.pk)
    demand_open(customer)
    open_ones = StandingApproval.objects.open().filter(customer=customer)
    open_ones.filter(ends_at__lte=now).update(ended_at=now)
    if open_ones.exists():
        raise errors.WrongState(
            "This customer has a standing approval already. End it before you give another one."
        )
    standing = StandingApproval.objects.create(
        customer=customer, ends_at=ends_at, monthly_limit=monthly_limit, proposed_at=now
    )
    StandingConsent.objects.create(standing_approval=standing, staff=person, given_at=now)
    _record("give_standing_approval", standing, by, monthly_limit=monthly_limit)
    return standing


@transaction.atomic
def agree_to_standing_approval(standing: StandingApproval, *, by: Actor) -> None:
    """One more person agrees to it, as it stands; each person once, with whichever account."""
    person = demand_staff(by, permission="approve_csr")
    _demand_open(standing)
    if sentence := why_not_agree(standing, by=person):
        raise errors.WrongState("%(why)s Nothing was changed.", why=sentence)
    # An account whose yes did not count while it might not approve says it anew.
    StandingConsent.objects.update_or_create(
        standing_approval=standing, staff=person, defaults={"given_at": timezone.now()}
    )
    _record("agree_to_standing_approval", standing, by)


def agreed(standing: StandingApproval) -> list[StandingConsent]:
    """The consents that count now: one for each person who may approve."""
    given = standing.consents.select_related("staff")
    return approvals.of_different_people(given, permission="approve_csr")


def why_not_agree(standing: StandingApproval, *, by: User) -> str:
    """Why a yes of this person would add nothing, for staff; empty if it would."""
    return approvals.said_already(agreed(standing), by=by, what="agreed to this")


def end_with_customer(customer: Customer, *, by: Actor) -> None:
    """The customer was closed: if it is opened again, renewals wait for people."""
    for standing in StandingApproval.objects.open().filter(customer=customer):
        _end(standing, by=by)


@transaction.atomic
def end_standing_approval(standing: StandingApproval, *, by: Actor) -> None:
    """It is over, at once: what comes in from now on waits for people."""
    demand_staff(by, permission="approve_csr")
    _demand_open(standing)
    _end(standing, by=by)


@transaction.atomic
def review_standing_use(use: StandingUse, *, by: Actor) -> None:
    """A person has looked at a CSR that was approved without one."""
    demand_staff(by, permission="approve_csr")
    unseen = StandingUse.objects.filter(pk=use.pk, reviewed_at__isnull=True)
    if not unseen.update(reviewed_at=timezone.now(), reviewed_by=by.user):
        raise errors.WrongState("Somebody looked at it before you. Nothing was changed.")
    record(
        "review_standing_use", by=by, csr=use.csr, standing_approval=str(use.standing_approval_id)
    )


def use(csr: CSR) -> bool:
    """SUBMITTED → APPROVED if the customer's standing approval covers it; whether it did.

    Within the transaction that submits it. The lock makes two at once count one after the other.
    """
    if csr.renews_id is None:
        return False
    locked = StandingApproval.objects.open().filter(customer=csr.customer).select_for_update()
    standing = locked.first()
    now = timezone.now()
    if standing is None or why_not(csr, standing, now=now):
        return False
    StandingUse.objects.create(standing_approval=standing, csr=csr, used_at=now)
    given_by = [str(one.staff) for one in consents(csr, standing)]
    move(csr, to=State.APPROVED, allowed=[State.SUBMITTED])
    record(
        "use_standing_approval",
        by=Actor(name=f"portal, for {' and '.join(given_by)}"[:200]),
        csr=csr,
        public_key_sha256=csr.public_key_sha256,
        standing_approval=str(standing.pk),
        given_by=given_by,
        use=f"{used(standing, now=now)} of {standing.monthly_limit} in {now:%B %Y}",
    )
    queue.sign_approved()
    return True


def why_not(csr: CSR, standing: StandingApproval, *, now: datetime) -> str:
    """Why this standing approval does not cover the CSR, for staff; empty when it does."""
    if standing.is_over(now):
        return "It is over."
    agreed, needed = len(consents(csr, standing)), approvals.required(csr)
    if agreed < needed:
        return f"{agreed} of {needed} people who may approve this CSR agreed to it."
    if changed := _changed(csr):
        return changed
    if used(standing, now=now) >= standing.monthly_limit:
        return f"Its limit is reached: {standing.monthly_limit} in {now:%B %Y} (UTC)."
    return ""


def consents(csr: CSR, standing: StandingApproval) -> list[StandingConsent]:
    """Those that count for this CSR: who lost the right to approve agrees no more."""
    return approvals.different(standing.consents.select_related("staff"), csr=csr)


def used(standing: StandingApproval, *, now: datetime) -> int:
    """How often in this month, by UTC."""
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return standing.uses.filter(used_at__gte=month).count()


def uses_of(customer: Customer) -> QuerySet[StandingUse]:
    """What was approved under any standing approval of this customer, the newest first."""
    return StandingUse.objects.filter(standing_approval__customer=customer)


def _changed(csr: CSR) -> str:
    """What is another than in the certificate that is renewed; empty if nothing is.

    Unchanged is: an active certificate is renewed, by an admin of the customer; each attribute of
    the subject, those that have no column too, is letter by letter what the CSR before had; the CSR
    was made in the same place; and the Apple Account is known, and the one of the certificate.
    """
    renews = csr.renews
    before = CSR.objects.filter(push_certificate=renews).first() if renews else None
    if renews is None or before is None:
        return "It renews no certificate whose CSR is known here."
    if renews.state != PushCertificate.State.ACTIVE:
        return "The certificate to be renewed is not active."
    if not Actor.of(csr.requested_by).is_admin_of(csr.customer):
        return "Who asks is no admin of the customer."
    if _subject(csr) != _subject(before):
        return "The subject is another than in the CSR before."
    if csr.origin != before.origin:
        return "The CSR before was made in another place."
    account = csr.customer.apple_account
    if not account or account.casefold() != renews.apple_account.casefold():
        return "The Apple Account is not known, or another than the certificate’s."
    return ""


def _subject(csr: CSR) -> tuple[Subject, tuple[str, ...]]:
    """All of it, as the CSR itself has it."""
    parsed = pki_csr.parse(bytes(csr.der or b""))
    return parsed.subject, parsed.further


def _demand_terms(ends_at: datetime, monthly_limit: int, now: datetime) -> None:
    if not now < ends_at <= now + LONGEST:
        raise errors.InvalidNumber(
            "A standing approval cannot end on %(found)s; give a day from tomorrow on, within"
            " %(days)s days.",
            # The end is not part of it any more: the last day is the one before.
            found=f"{ends_at - timedelta(microseconds=1):%Y-%m-%d}",
            days=LONGEST.days,
        )
    if not 1 <= monthly_limit <= MOST:
        raise errors.InvalidNumber(
            "%(found)s renewals in a month cannot be the limit; give a number from 1 to %(most)s.",
            found=monthly_limit,
            most=MOST,
        )


def _end(standing: StandingApproval, *, by: Actor) -> None:
    StandingApproval.objects.filter(pk=standing.pk).update(
        ended_at=timezone.now(), ended_by=by.user
    )
    standing.refresh_from_db()
    _record("end_standing_approval", standing, by)


def _demand_open(standing: StandingApproval) -> None:
    current = StandingApproval.objects.select_for_update().get(pk=standing.pk)
    if current.is_over(timezone.now()):
        raise errors.WrongState("This standing approval is over. Nothing was changed.")


def _record(verb: str, standing: StandingApproval, by: Actor, **facts: Any) -> None:
    """Any: what `record` takes."""
    record(
        verb,
        by=by,
        customer=standing.customer,
        standing_approval=str(standing.pk),
        ends=f"{standing.ends_at:%Y-%m-%d}",
        **facts,
    )
