"""`rates ROUNDS`: OpenSSL's keys and keys by the worker's task, in turns; per second of CPU."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

import django
from cryptography.hazmat.primitives.asymmetric import rsa

django.setup()

from onboarding import lifecycle, tasks  # noqa: E402 - the settings come first
from onboarding.lifecycle import Actor  # noqa: E402
from onboarding.models import Customer, Membership, User  # noqa: E402
from onboarding.pki.names import Subject  # noqa: E402

KEYS = 60


def people() -> tuple[Customer, User]:
    customer = Customer.objects.create(name="Bench", country="DE")
    user = User.objects.create_user("bench@acme.example", "bench", name="Bench")
    Membership.objects.create(user=user, customer=customer, role=Membership.Role.ADMIN)
    return customer, user


def rate(make: Callable[[], object]) -> float:
    began = time.process_time()
    for _ in range(KEYS):
        make()
    return KEYS / (time.process_time() - began)


def _make_next(waiting: Iterator[str]) -> None:
    tasks.make_csr(next(waiting))


def main(rounds: int) -> None:
    customer, user = people()
    subject = Subject(common_name="Acme push", country="DE")
    found = []
    for _ in range(rounds):
        alone = rate(partial(rsa.generate_private_key, public_exponent=65537, key_size=2048))
        asked = [
            str(lifecycle.request_csr(customer, subject=subject, by=Actor.of(user)).pk)
            for _ in range(KEYS)
        ]
        waiting = iter(asked)
        found.append((alone, rate(partial(_make_next, waiting))))
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]))
