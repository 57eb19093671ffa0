"""Who acts: a person, or one of our own processes."""

import os
import pwd
from dataclasses import dataclass
from functools import cache
from typing import Self

from onboarding import errors
from onboarding.errors import gettext_noop
from onboarding.models import Customer, Membership, User


@dataclass(frozen=True, slots=True)
class Actor:
    name: str
    user: User | None = None

    @classmethod
    def of(cls, user: User) -> Self:
        return cls(name=f"{user.name} <{user.email}>" if user.name else user.email, user=user)

    @classmethod
    def worker(cls) -> Self:
        return cls(name="worker")

    @classmethod
    def signer(cls) -> Self:
        return cls(name="signer")

    @classmethod
    def operator(cls) -> Self:
        """Whoever runs a command on the server, by the name under which the machine knows them."""
        return cls(name=f"operator ({_account()})")

    def may(self, permission: str) -> bool:
        """Whether this is one of the vendor's staff, with this permission (`approve_csr`)."""
        return bool(
            self.user
            and self.user.is_active
            and self.user.is_staff
            and self.user.has_perm(f"onboarding.{permission}")
        )

    def is_admin_of(self, customer: Customer) -> bool:
        return (
            self.user is not None
            and self.user.is_active
            and Membership.objects.filter(
                user=self.user,
                customer=customer,
                customer__closed_at__isnull=True,
                role=Membership.Role.ADMIN,
            ).exists()
        )


@cache
def _account() -> str:
    # Not from the environment, where anybody can be anyone.
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def demand_admin_or_staff(actor: Actor, customer: Customer, *, permission: str) -> None:
    """An admin of the customer, or staff with this permission; else NotAllowed."""
    if not (actor.is_admin_of(customer) or actor.may(permission)):
        raise errors.NotAllowed(
            gettext_noop(
                "You may look at %(customer)s, but not act for it. Ask one of its admins."
            ),
            customer=customer,
        )


def demand_admin(actor: Actor, customer: Customer) -> None:
    if not actor.is_admin_of(customer):
        raise errors.NotAllowed(
            gettext_noop(
                "Only an admin of %(customer)s may take its push key away. Ask one of them."
            ),
            customer=customer,
        )


def demand_staff(actor: Actor, *, permission: str) -> User:
    """The staff member, who has this permission; else NotAllowed, which names it."""
    if actor.user is None or not actor.may(permission):
        raise errors.NotAllowed(
            "Only vendor staff with the right “%(permission)s” can do this. Ask a superuser for a"
            " role that has it.",
            permission=permission.replace("_", " "),
        )
    return actor.user


def demand_open(customer: Customer) -> None:
    """Raise WrongState for a customer that was closed; asked anew, for a page may be old."""
    if not Customer.objects.open().filter(pk=customer.pk).exists():
        raise errors.WrongState(
            gettext_noop("%(customer)s is closed, so nothing is begun for it. Ask your vendor."),
            customer=customer,
        )


def demand_process(actor: Actor, *processes: Actor) -> None:
    if actor not in processes:
        names = " and the ".join(process.name for process in processes)
        raise errors.NotAllowed(f"Only the {names} may do this.")
