"""Which Apple Account a customer's push certificates are issued to."""

from django.db import transaction

from onboarding.lifecycle.actor import Actor, demand_admin_or_staff
from onboarding.lifecycle.transition import record
from onboarding.models import Customer


@transaction.atomic
def set_apple_account(customer: Customer, *, apple_account: str, by: Actor) -> None:
    """Note the Apple Account for the next visit to Apple.

    An active certificate keeps the account that it was made with; one of which it was not noted
    gets this.
    """
    demand_admin_or_staff(by, customer, permission="act_for_customer")
    before = Customer.objects.select_for_update().get(pk=customer.pk).apple_account
    if apple_account == before:
        return
    Customer.objects.filter(pk=customer.pk).update(apple_account=apple_account)
    customer.apple_account = apple_account
    customer.push_certificates.active().filter(apple_account="").update(apple_account=apple_account)
    record(
        "set_apple_account",
        by=by,
        customer=customer,
        apple_account=apple_account,
        before=before,
    )
