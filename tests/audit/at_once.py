"""Processes that write Events and seal them at once: `python -m tests.audit.at_once DEED …`.

Under the web's settings; `judge` answers with JSON.
"""

import json
import sys
import time
from collections.abc import Callable

import django

django.setup()

from django.utils import timezone  # noqa: E402 - models are there once Django is

from onboarding import lifecycle  # noqa: E402
from onboarding.audit import sealing  # noqa: E402
from onboarding.audit.verification import Walk  # noqa: E402
from onboarding.lifecycle import Actor  # noqa: E402
from onboarding.models import (  # noqa: E402
    Customer,
    Event,
    EventSeal,
    Membership,
    UnsealedEvent,
    User,
)


def prepare(writers: str) -> None:
    for number in range(int(writers)):
        user = User.objects.create_user(f"ada-{number}@acme.example", "pw", name="Ada")
        customer = Customer.objects.create(name=f"Acme {number}", country="DE")
        Membership.objects.create(user=user, customer=customer, role=Membership.Role.ADMIN)


def write(number: str, count: str) -> None:
    """Event after Event, each in a transaction of its own."""
    customer = Customer.objects.get(name=f"Acme {number}")
    by = Actor.of(User.objects.get(email=f"ada-{number}@acme.example"))
    for at in range(int(count)):
        lifecycle.set_apple_account(customer, apple_account=f"push-{at}@acme.example", by=by)


def seal() -> None:
    """Until it is killed; in small batches, so that one is always under way."""
    sealing.BATCH = 25
    while True:
        sealing.seal(now=timezone.now())
        time.sleep(0.002)


def judge() -> None:
    sealing.seal(now=timezone.now())
    walk = Walk()
    for _ in walk.pages():
        pass
    walk.finish()
    seals = [*EventSeal.objects.order_by("seq").values_list("seq", "event_id")]
    found = {
        "events": sorted(Event.objects.values_list("pk", flat=True)),
        "sealed": sorted(event for _, event in seals),
        "numbers": [seq for seq, _ in seals],
        "waiting": UnsealedEvent.objects.count(),
        "findings": [one.sentence for one in walk.findings],
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    deeds: dict[str, Callable[..., None]] = {
        "prepare": prepare,
        "write": write,
        "seal": seal,
        "judge": judge,
    }
    deeds[sys.argv[1]](*sys.argv[2:])
