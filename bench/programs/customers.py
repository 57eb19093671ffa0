"""`customers FROM TO`: customers with a person, a certificate and its CSR each.

The CSRs say that they were withdrawn: the pages look at no signature, and so none is made up.
"""

import sys
from datetime import timedelta

import django

django.setup()

from django.utils import timezone  # noqa: E402 - the settings come first

from onboarding.models import CSR, Customer, Membership, PushCertificate, User  # noqa: E402

AT_ONCE = 1000


def fill(begin: int, end: int) -> None:
    """The certificates end over the year, one after the other."""
    now = timezone.now()
    numbers = range(begin, end)
    customers = Customer.objects.bulk_create(
        Customer(name=f"Customer {number}", country="DE") for number in numbers
    )
    users = User.objects.bulk_create(
        User(email=f"{one.pk.hex}@customer.example", name="Ada") for one in customers
    )
    Membership.objects.bulk_create(
        Membership(user=user, customer=one, role=Membership.Role.ADMIN)
        for user, one in zip(users, customers, strict=True)
    )
    csrs = CSR.objects.bulk_create(
        CSR(
            customer=one,
            requested_by=user,
            requested_at=now,
            state=CSR.State.WITHDRAWN,
            state_since=now,
            origin=CSR.Origin.UPLOADED,
            der=b"-",
            public_key_sha256=f"{number:064x}",
        )
        for number, user, one in zip(numbers, users, customers, strict=True)
    )
    PushCertificate.objects.bulk_create(
        PushCertificate(
            customer=one,
            csr=csr,
            topic=f"com.apple.mgmt.External.{number}",
            serial=f"{number:016X}",
            issuer="Apple",
            not_before=now - timedelta(days=1 + number % 360),
            not_after=now + timedelta(days=364 - number % 360),
            fingerprint_sha256=f"{number:064x}",
            der=b"-",
            activated_at=now,
        )
        for number, one, csr in zip(numbers, customers, csrs, strict=True)
    )


if __name__ == "__main__":
    first, last = int(sys.argv[1]), int(sys.argv[2])
    for at in range(first, last, AT_ONCE):
        fill(at, min(last, at + AT_ONCE))
