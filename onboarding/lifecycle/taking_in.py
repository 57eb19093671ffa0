"""Customers and certificates from before are taken in, without their CSRs and keys."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from onboarding import errors, trust
from onboarding.lifecycle.actor import Actor, demand_open, demand_staff
from onboarding.lifecycle.transition import record
from onboarding.models import CSR, Contact, Customer, PushCertificate, SeenKey, Topic
from onboarding.pki import push_certificate as pki

State = PushCertificate.State


@transaction.atomic
def take_customer(
    *, name: str, country: str, apple_account: str, contacts: Collection[str], by: Actor
) -> Customer:
    """A new customer with its contacts, as its record was elsewhere."""
    demand_importer(by)
    customer = Customer.objects.create(name=name, country=country, apple_account=apple_account)
    add_contacts(customer, contacts)
    record(
        "take_customer",
        by=by,
        customer=customer,
        name=name,
        country=country,
        apple_account=apple_account,
        contacts=list(contacts),
    )
    return customer


@transaction.atomic
def fill_customer(
    customer: Customer, *, apple_account: str, contacts: Collection[str], by: Actor
) -> bool:
    """Note what was not known of the customer; what is known stays. False if nothing was new."""
    demand_importer(by)
    demand_open(customer)
    new = add_contacts(customer, contacts)
    is_noted = bool(apple_account) and bool(
        Customer.objects.filter(pk=customer.pk, apple_account="").update(
            apple_account=apple_account
        )
    )
    if not new and not is_noted:
        return False
    customer.refresh_from_db()
    noted = apple_account if is_noted else ""
    record("fill_customer", by=by, customer=customer, contacts=new, apple_account=noted)
    return True


@transaction.atomic
def take_certificate(
    customer: Customer, *, der: bytes, apple_account: str, by: Actor
) -> PushCertificate | None:
    """A certificate that Apple issued before, ACTIVE or SUPERSEDED; None when it is here already.

    Raises a PortalError that says why it cannot be this customer's.
    """
    demand_importer(by)
    demand_open(customer)
    parsed = examine(der, customer)
    if PushCertificate.objects.filter(fingerprint_sha256=parsed.fingerprint_sha256).exists():
        return None
    SeenKey.objects.get_or_create(
        public_key_sha256=parsed.public_key_sha256, defaults={"customer": customer}
    )
    Topic.objects.get_or_create(name=parsed.topic, defaults={"customer": customer})
    others = PushCertificate.objects.select_for_update().active()
    active = others.filter(topic=parsed.topic).first()
    is_older = active is not None and active.not_after >= parsed.not_after
    if active and not is_older:
        PushCertificate.objects.filter(pk=active.pk).update(state=State.SUPERSEDED)
        record("supersede", by=by, customer=customer, push_certificate=active)
    certificate = PushCertificate.objects.create(
        customer=customer,
        predecessor=None if is_older else active,
        state=State.SUPERSEDED if is_older else State.ACTIVE,
        topic=parsed.topic,
        serial=parsed.serial,
        issuer=parsed.issuer,
        not_before=parsed.not_before,
        not_after=parsed.not_after,
        fingerprint_sha256=parsed.fingerprint_sha256,
        apple_account=apple_account,
        der=parsed.der,
        activated_at=timezone.now(),
    )
    record(
        "take_certificate",
        by=by,
        customer=customer,
        push_certificate=certificate,
        topic=parsed.topic,
        serial=parsed.serial,
        fingerprint_sha256=parsed.fingerprint_sha256,
    )
    return certificate


def examine(der: bytes, customer: Customer | None) -> pki.PushCertificate:
    """What the certificate says, if Apple issued it and it can be `customer`'s, or a new one's."""
    parsed = pki.parse(der)
    now = timezone.now()
    # An expired one is judged as of the day on which it was issued: it was right then.
    at = now if now <= parsed.not_after else parsed.not_before
    pki.verify(der, public_key_sha256=parsed.public_key_sha256, trust=trust.current(), now=at)
    _demand_own(parsed, customer)
    return parsed


def _demand_own(parsed: pki.PushCertificate, customer: Customer | None) -> None:
    """Raise unless certificate, topic and key are nobody else's."""
    here = PushCertificate.objects.filter(fingerprint_sha256=parsed.fingerprint_sha256).first()
    if here:
        if customer is None or here.customer_id != customer.pk:
            raise errors.TopicTaken(f"This certificate is here already, with {here.customer}.")
        return
    topic = Topic.objects.select_related("customer").filter(name=parsed.topic).first()
    if topic and (customer is None or topic.customer_id != customer.pk):
        raise errors.TopicTaken(
            f"The topic {parsed.topic} is {topic.customer}’s here, and a topic never moves."
        )
    seen = SeenKey.objects.filter(public_key_sha256=parsed.public_key_sha256).first()
    if seen and (customer is None or seen.customer_id != customer.pk):
        raise errors.KeyReused(
            "The certificate’s key was seen here before, with another customer or as the vendor’s."
        )
    if CSR.objects.holding_key(parsed.public_key_sha256).exists():
        raise errors.KeyReused(
            "The certificate was made from a CSR of this portal: upload it on that CSR’s page."
        )


def add_contacts(customer: Customer, contacts: Collection[str]) -> list[str]:
    """Those that were not there yet, in any spelling."""
    known = {one.lower() for one in customer.contacts.values_list("email", flat=True)}
    new = [one for one in dict.fromkeys(contacts) if one.lower() not in known]
    Contact.objects.bulk_create(Contact(customer=customer, email=one) for one in new)
    return new


def demand_importer(by: Actor) -> None:
    if by != Actor.operator():
        demand_staff(by, permission="import_customers")
