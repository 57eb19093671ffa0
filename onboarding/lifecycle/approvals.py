"""Whose yes counts: of people who may approve now, who differ, and did not ask for the CSR."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from django.conf import settings
from django.utils import timezone

from onboarding import errors, person, seen
from onboarding.lifecycle.actor import Actor
from onboarding.models import CSR, Approval, Customer, User


class Consent(Protocol):
    """An approval of a CSR, or of a standing approval."""

    @property
    def staff(self) -> User: ...


Yes = TypeVar("Yes", bound=Consent)


def required_for(customer: Customer) -> int:
    """How many different people: of the setting and the customer's own number the larger."""
    return max(settings.APPROVALS_REQUIRED, customer.approvals_required)


def required(csr: CSR) -> int:
    """The same for a CSR; a number that was lowered while it waited is not lowered for it."""
    return max(required_for(csr.customer), csr.approvals_required)


def counting(csr: CSR) -> list[Approval]:
    """The approvals that count now, asked of the database; a person with two accounts counts once.

    What was approved has to be what is there, and the right to approve may be gone since.
    """
    given = Approval.objects.filter(csr=csr, content=seen.content(csr)).select_related("staff")
    return different(given, csr=csr)


def different(given: Iterable[Yes], *, csr: CSR) -> list[Yes]:
    """Of these, one for each person who may approve this CSR, as the rights are now."""
    others = (one for one in given if not _is_asker(one.staff, csr))
    return of_different_people(others, permission="approve_csr")


def of_different_people(given: Iterable[Yes], *, permission: str) -> list[Yes]:
    """Of these, one for each person who has this permission now, in the order of `given`."""
    found: dict[str, Yes] = {}
    for one in given:
        if Actor.of(one.staff).may(permission):
            found.setdefault(person.of(one.staff.email), one)
    return list(found.values())


def refusal(csr: CSR, by: Actor) -> str:
    """Why a yes of this person would not count beside those that were given; empty if it would."""
    if by.user is None or not by.may("approve_csr"):
        return "You may not approve."
    if _is_asker(by.user, csr):
        return "You asked for it yourself, so others have to approve."
    for approval in _binding(csr):
        if approval.staff == by.user:
            return "You approved it already; someone else has to, too."
        if is_same(approval.staff, by.user):
            return f"You approved it already, as {approval.staff.email}: one person counts once."
    return ""


def give(csr: CSR, by: Actor) -> None:
    """This person's approval of what is there now; NotAllowed or WrongState if it cannot count."""
    if by.user is None or _is_asker(by.user, csr):
        raise errors.NotAllowed("You asked for this CSR yourself, so other people have to approve.")
    for approval in _binding(csr):
        if approval.staff == by.user:
            raise errors.WrongState("You approved this CSR already; someone else has to, too.")
        if is_same(approval.staff, by.user):
            raise errors.NotAllowed(
                "You approved this CSR already, as %(address)s: one person counts once.",
                address=approval.staff.email,
            )
    Approval.objects.update_or_create(
        csr=csr,
        staff=by.user,
        defaults={"given_at": timezone.now(), "content": seen.content(csr)},
    )


def _binding(csr: CSR) -> list[Approval]:
    """The approvals that their people cannot give again.

    None where enough of them count: one counts again, and nobody was asked since, as when a role
    came back after the last yes. Then one of these people has to say it once more.
    """
    given = counting(csr)
    return given if len(given) < required(csr) else []


def _is_asker(user: User, csr: CSR) -> bool:
    # With one approval needed, staff may ask on a customer's behalf and approve.
    return required(csr) > 1 and is_same(user, csr.requested_by)


def under_another_account(first: User, by: User) -> str:
    """What a refusal adds when this person said it before under another account; else empty."""
    return "" if first == by else f", as {first.email}: one person counts once"


def said_already(given: Iterable[Consent], *, by: User, what: str) -> str:
    """Why one more yes of this person adds nothing to these that count; empty if it would."""
    for one in given:
        if is_same(one.staff, by):
            account = under_another_account(one.staff, by)
            return f"You {what} already{account}; someone else has to, too."
    return ""


def is_same(one: User, other: User) -> bool:
    """Whether these are one person's accounts."""
    return one == other or person.of(one.email) == person.of(other.email)
