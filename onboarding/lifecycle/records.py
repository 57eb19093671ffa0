"""Staff keep a customer's record: what they changed in it is written down."""

from collections.abc import Mapping

from django.db import transaction

from onboarding.lifecycle.actor import Actor, demand_staff
from onboarding.lifecycle.transition import record
from onboarding.models import Customer


@transaction.atomic
def customer_changed(customer: Customer, *, changes: Mapping[str, str], by: Actor) -> None:
    """Write down what staff changed in a customer's record, its contacts or its members.

    `changes` maps what was changed to a line on how, both as staff read them.
    """
    demand_staff(by, permission="change_customer")
    record("customer_changed", by=by, customer=customer, changes=dict(changes))
