"""`waits ROUNDS CUSTOMERS`: ask for keys, so many at once; seconds that each took."""

import json
import sys
import time

import django

django.setup()

from onboarding import lifecycle  # noqa: E402 - the settings come first
from onboarding.lifecycle import Actor  # noqa: E402
from onboarding.models import CSR, Customer, User  # noqa: E402
from onboarding.pki.names import Subject  # noqa: E402


def ask(count: int) -> list[float]:
    """By the database's own times: when it was asked for, and when it was there."""
    customer, user = Customer.objects.get(name="Bench"), User.objects.get(name="Bench")
    subject = Subject(common_name="Acme push", country="DE")
    asked = [
        lifecycle.request_csr(customer, subject=subject, by=Actor.of(user)).pk for _ in range(count)
    ]
    csrs = CSR.objects.filter(pk__in=asked)
    while csrs.awaiting_key().exists():
        time.sleep(0.005)
    return [(csr.state_since - csr.requested_at).total_seconds() for csr in csrs]


if __name__ == "__main__":
    rounds, customers = map(int, sys.argv[1:])
    sys.stdout.write(json.dumps([one for _ in range(rounds) for one in ask(customers)]))
