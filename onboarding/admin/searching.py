"""What staff type into a list's search, as a condition that indexes answer.

A condition over several tables at once would read all of them. So what is meant is looked up
first, table by table, and then the rows that belong to it.
"""

import re
from collections.abc import Collection
from ipaddress import ip_address
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from onboarding.admin.words import containing
from onboarding.models import Customer, PushCertificate, SeenKey, User

# So many customers, people or certificates can be meant by one search.
_MEANT = 200
_SEPARATORS = re.compile(r"[\s:-]")
# Shorter runs of hex may be a word or part of a topic.
_FINGERPRINT = re.compile(r"[0-9a-f]{16,64}")
_NUMBER = re.compile(r"[0-9a-f]{8,32}")


def people(term: str) -> Q:
    return containing(User.objects.all(), term, "name", "email")


def customers(term: str) -> Q:
    return containing(Customer.objects.all(), term, "name", "apple_account")


def push_certificates(term: str) -> Q:
    """By topic, serial number or Apple Account, or by their customer."""
    return _of_certificates(term) | Q(customer__in=_meant(Customer, customers(term)))


def csrs(term: str) -> Q:
    """By customer, by topic, by the key's fingerprint as it is shown, or by the CSR's number."""
    certificates = PushCertificate.objects.filter(_of_certificates(term)).order_by()
    named = [*certificates.values_list("pk", "csr")[:_MEANT]]
    found = (
        Q(customer__in=_meant(Customer, customers(term)))
        | Q(renews__in=[pk for pk, _ in named])
        | Q(pk__in=[csr for _, csr in named if csr])
    )
    digits = _SEPARATORS.sub("", term).lower()
    if _FINGERPRINT.fullmatch(digits):
        # The register of keys knows them by their beginning, and whose they are.
        owners = SeenKey.objects.filter(pk__startswith=digits, customer__isnull=False)
        found |= Q(
            customer__in=[*owners.values_list("customer", flat=True)[:_MEANT]],
            public_key_sha256__startswith=digits,
        )
    if _NUMBER.fullmatch(digits):
        found |= Q(pk__range=(UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))))
    return found


def events(term: str) -> Q:
    """By an Event's or a CSR's id, by network address, or by person or customer."""
    if term.isdecimal():
        return Q(pk=int(term)) if int(term) < 1 << 63 else Q(pk=None)
    try:
        return Q(csr_id=UUID(term))
    except ValueError:
        pass
    try:
        return Q(address=str(ip_address(term)))
    except ValueError:
        pass
    return events_of_people(term) | events_of_customers(term)


def events_of_people(term: str) -> Q:
    return Q(actor__in=_meant(User, people(term)))


def events_of_customers(term: str) -> Q:
    return Q(customer__in=_meant(Customer, customers(term)))


def _of_certificates(term: str) -> Q:
    rows = PushCertificate.objects.all()
    return containing(rows, term, "topic", "serial", "apple_account")


def _meant(model: type[Model], found: Q) -> Collection[object]:
    """Their ids, as a list: the database then looks up what belongs to them one by one."""
    rows: QuerySet[Model] = model._default_manager.filter(found).order_by()
    return [*rows.values_list("pk", flat=True)[:_MEANT]]
