"""Which Apple Account a customer's push certificates are issued to, and who else is told."""

from django.db import transaction

from onboarding.lifecycle.actor import Actor, demand_admin_or_staff
from onboarding.lifecycle.transition import record
from onboarding.models import Contact, Customer


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


@transaction.atomic
def add_contact(customer: Customer, *, email: str, by: Actor) -> None:
    """One more address that is told of what happens; nothing when it is told already."""
    demand_admin_or_staff(by, customer, permission="act_for_customer")
    if customer.contacts.filter(email__iexact=email).exists():
        return
    _, is_new = Contact.objects.get_or_create(customer=customer, email=email)
    if is_new:
        record("add_contact", by=by, customer=customer, email=email)
