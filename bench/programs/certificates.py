"""`certificates COUNT`: active ones, each of a customer of its own, that end all over a year."""

import sys
from datetime import timedelta

import django

django.setup()

from django.utils import timezone  # noqa: E402 - the settings come first

from onboarding.models import (  # noqa: E402
    CSR,
    Contact,
    Customer,
    Membership,
    PushCertificate,
    User,
)

PAGE = 1000


def fill(count: int) -> None:
    now = timezone.now()
    for begin in range(0, count, PAGE):
        numbers = range(begin, min(begin + PAGE, count))
        customers = Customer.objects.bulk_create(
            Customer(name=f"Customer {number}", country="DE", apple_account="push@acme.example")
            for number in numbers
        )
        users = User.objects.bulk_create(
            User(email=f"{one.pk.hex}@customer.example", name="Ada") for one in customers
        )
        Membership.objects.bulk_create(
            Membership(user=user, customer=one, role=Membership.Role.ADMIN)
            for user, one in zip(users, customers, strict=True)
        )
        Contact.objects.bulk_create(
            Contact(customer=one, email=f"push@{one.pk.hex}.example") for one in customers
        )
        csrs = CSR.objects.bulk_create(
            CSR(
                customer=customer,
                requested_by=user,
                requested_at=now,
                state=CSR.State.WITHDRAWN,
                state_since=now,
                origin=CSR.Origin.MADE_HERE,
            )
            for user, customer in zip(users, customers, strict=True)
        )
        PushCertificate.objects.bulk_create(
            PushCertificate(
                customer=customer,
                csr=csr,
                topic=f"com.apple.mgmt.External.{number}",
                serial=f"{number:016X}",
                issuer="Apple Application Integration 2 Certification Authority",
                not_before=now - timedelta(days=365),
                # Stirred, so that neighbours in the table are none in the index.
                not_after=now + timedelta(days=365) * (number * 7919 % count) / count,
                fingerprint_sha256=f"{number:064x}",
                apple_account=customer.apple_account,
                der=b"x" * 1200,
                activated_at=now,
            )
            for number, customer, csr in zip(numbers, customers, csrs, strict=True)
        )


if __name__ == "__main__":
    fill(int(sys.argv[1]))
