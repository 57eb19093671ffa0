"""Who is told of what ends: a customer's contacts, and the switch of everyone who may be told."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import QuerySet

from onboarding import errors
from onboarding.errors import gettext_noop
from onboarding.lifecycle.actor import Actor, demand_admin_or_staff
from onboarding.lifecycle.transition import record
from onboarding.models import Contact, Customer

# Mails go to addresses that nobody has to confirm: enough for a customer, too few for mischief.
LIMIT = 20


@transaction.atomic
def add_contact(
    customer: Customer, *, email: str, name: str, language: str, wants_reminders: bool, by: Actor
) -> Contact:
    """A new address to be told. Raises InvalidContact."""
    demand_admin_or_staff(by, customer, permission="act_for_customer")
    others = _others(customer)
    if others.count() >= LIMIT:
        raise errors.InvalidContact(
            gettext_noop(
                "%(customer)s has %(limit)s contacts already, the most that there can be. Remove"
                " one first, or use the address of a group."
            ),
            customer=customer,
            limit=LIMIT,
        )
    _demand_new(customer, others, email)
    contact = others.create(
        customer=customer,
        email=email,
        name=name,
        language=language,
        wants_reminders=wants_reminders,
    )
    record("add_contact", by=by, customer=customer, email=email, wants_reminders=wants_reminders)
    return contact


@transaction.atomic
def change_contact(
    contact: Contact, *, email: str, name: str, language: str, wants_reminders: bool, by: Actor
) -> None:
    """The contact is as given from now on. Raises InvalidContact."""
    demand_admin_or_staff(by, contact.customer, permission="act_for_customer")
    before = contact.email
    others = _others(contact.customer).exclude(pk=contact.pk)
    if email.lower() != before.lower():
        _demand_new(contact.customer, others, email)
    Contact.objects.filter(pk=contact.pk).update(
        email=email, name=name, language=language, wants_reminders=wants_reminders
    )
    contact.refresh_from_db()
    record(
        "change_contact",
        by=by,
        customer=contact.customer,
        email=email,
        before=before,
        wants_reminders=wants_reminders,
    )


@transaction.atomic
def remove_contact(contact: Contact, *, by: Actor) -> None:
    """The address is told nothing any more."""
    demand_admin_or_staff(by, contact.customer, permission="act_for_customer")
    removed, _ = Contact.objects.filter(pk=contact.pk).delete()
    if removed:
        record("remove_contact", by=by, customer=contact.customer, email=contact.email)


@transaction.atomic
def choose_readers(
    customer: Customer, *, members: Collection[int], contacts: Collection[int], by: Actor
) -> None:
    """From now on these memberships and contacts of the customer want reminders, no others."""
    demand_admin_or_staff(by, customer, permission="act_for_customer")
    before = customer.readers()
    customer.memberships.exclude(pk__in=members).update(wants_reminders=False)
    customer.memberships.filter(pk__in=members).update(wants_reminders=True)
    customer.contacts.exclude(pk__in=contacts).update(wants_reminders=False)
    customer.contacts.filter(pk__in=contacts).update(wants_reminders=True)
    after = customer.readers()
    if after != before:
        record(
            "choose_readers",
            by=by,
            customer=customer,
            added=sorted(after - before),
            removed=sorted(before - after),
        )


@transaction.atomic
def stop_reminders(customer: Customer, *, address: str, by: Actor) -> None:
    """This address wants none any more, as a contact and as a member: its reader's own word."""
    if _switch(customer, address, wants_reminders=False):
        record("stop_reminders", by=by, customer=customer, email=address)


@transaction.atomic
def resume_reminders(customer: Customer, *, address: str, by: Actor) -> None:
    """This address, a contact or a member still, wants them again."""
    if _switch(customer, address, wants_reminders=True):
        record("resume_reminders", by=by, customer=customer, email=address)


def _switch(customer: Customer, address: str, *, wants_reminders: bool) -> int:
    other = {"wants_reminders": not wants_reminders}
    members = customer.memberships.filter(user__email__iexact=address, **other)
    contacts = customer.contacts.filter(email__iexact=address, **other)
    return members.update(wants_reminders=wants_reminders) + contacts.update(
        wants_reminders=wants_reminders
    )


def _others(customer: Customer) -> QuerySet[Contact]:
    """Its contacts, none of which comes or goes until the end of this transaction."""
    Customer.objects.select_for_update().get(pk=customer.pk)
    return Contact.objects.filter(customer=customer)


def _demand_new(customer: Customer, others: QuerySet[Contact], email: str) -> None:
    if customer.memberships.filter(user__email__iexact=email, user__is_active=True).exists():
        raise errors.InvalidContact(
            gettext_noop(
                "%(email)s belongs to %(customer)s already, and is told as a member. Give the"
                " address of somebody else."
            ),
            email=email,
            customer=customer,
        )
    if others.filter(email__iexact=email).exists():
        raise errors.InvalidContact(
            gettext_noop("%(email)s is a contact already. Change that one instead."), email=email
        )
