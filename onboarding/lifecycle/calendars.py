"""A customer's calendar: its address is made, replaced, switched off."""

from django.db import transaction
from django.utils import timezone

from onboarding import errors
from onboarding.lifecycle.actor import Actor, demand_admin_or_staff
from onboarding.lifecycle.transition import record
from onboarding.models import CalendarFeed, Customer


@transaction.atomic
def open_calendar(customer: Customer, *, secret_sha256: str, language: str, by: Actor) -> None:
    """From now on the calendar is at the address with this secret, and at no earlier one."""
    demand_admin_or_staff(by, customer, permission="act_for_customer")
    if by.user is None:
        raise errors.NotAllowed("A calendar's address is made by a person.")
    _, is_new = CalendarFeed.objects.update_or_create(
        customer=customer,
        defaults={
            "secret_sha256": secret_sha256,
            "language": language,
            "made_at": timezone.now(),
            "made_by": by.user,
        },
    )
    record("open_calendar" if is_new else "replace_calendar", by=by, customer=customer)


@transaction.atomic
def close_calendar(customer: Customer, *, by: Actor) -> None:
    """The calendar is nowhere any more; nothing happens when it is not anywhere."""
    demand_admin_or_staff(by, customer, permission="act_for_customer")
    deleted, _ = CalendarFeed.objects.filter(customer=customer).delete()
    if deleted:
        record("close_calendar", by=by, customer=customer)
