"""`fill FILE FROM TO STATE`: CSRs of a file become rows in this state."""

import pickle
import sys
from datetime import timedelta
from pathlib import Path

import django

django.setup()

from django.utils import timezone  # noqa: E402 - the settings come first

from bench.csrs import Made  # noqa: E402
from onboarding.models import CSR, Contact, Customer, Membership, User  # noqa: E402

PER_CUSTOMER = 10


def fill(made: list[Made], at: int, state: CSR.State) -> None:
    now = timezone.now()
    for begin in range(0, len(made), 1000):
        part = made[begin : begin + 1000]
        customers = [
            Customer(name=f"Customer {at + begin + i}", country="DE")
            for i in range(0, len(part), PER_CUSTOMER)
        ]
        Customer.objects.bulk_create(customers)
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
        CSR.objects.bulk_create(
            CSR(
                customer=customers[i // PER_CUSTOMER],
                requested_by=users[i // PER_CUSTOMER],
                requested_at=now,
                state=state,
                state_since=now + timedelta(microseconds=begin + i),
                origin=CSR.Origin.UPLOADED,
                common_name="Acme push",
                der=one.der,
                public_key_sha256=one.public_key_sha256,
            )
            for i, one in enumerate(part)
        )


if __name__ == "__main__":
    file, begin, end = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    made = pickle.loads(file.read_bytes())[begin:end]
    fill(made, begin, CSR.State(sys.argv[4]))
