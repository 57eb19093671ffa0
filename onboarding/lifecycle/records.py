"""Staff keep a customer's record: what they changed in it is written down."""

from collections.abc import Mapping

from django.db import transaction

from onboarding import errors
from onboarding.lifecycle.actor import Actor, demand_staff
from onboarding.lifecycle.transition import record
from onboarding.models import Customer, User


@transaction.atomic
def person_changed(person: User, *, changes: Mapping[str, str], by: Actor) -> None:
    """Write down what staff, or an operator's command, changed in a person's record or rights."""
    if by != Actor.operator():
        demand_staff(by, permission="change_user")
    record("person_changed", by=by, person=person.email, changes=dict(changes))


@transaction.atomic
def group_changed(name: str, *, changes: Mapping[str, str], by: Actor) -> None:
    """Write down what a superuser changed in a group of staff."""
    if by.user is None or not by.user.is_superuser:
        raise errors.NotAllowed("Only superusers change groups.")
    record("group_changed", by=by, group=name, changes=dict(changes))


@transaction.atomic
def trail_exported(*, form: str, filters: Mapping[str, str], by: Actor) -> None:
    """Write down that Events are being taken away, and which."""
    demand_staff(by, permission="read_audit")
    record("trail_exported", by=by, form=form, filters=dict(filters))


@transaction.atomic
def report_taken(report: str, *, by: Actor) -> None:
    """Write down that this report is being taken away."""
    demand_staff(by, permission="read_reports")
    record("report_taken", by=by, report=report)


@transaction.atomic
def customer_changed(customer: Customer, *, changes: Mapping[str, str], by: Actor) -> None:
    """Write down what staff changed in a customer's record, its contacts or its members.

    `changes` maps what was changed to a line on how, both as staff read them.
    """
    demand_staff(by, permission="change_customer")
    record("customer_changed", by=by, customer=customer, changes=dict(changes))
