"""Processes that write Events and seal them at once: `python -m tests.audit.at_once DEED …`.

Under the web's settings; `judge` answers with JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import django

django.setup()

from django.db import connection  # noqa: E402 - models are there once Django is
from django.utils import timezone  # noqa: E402

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


def write(writers: str, each: str) -> None:
    """So many threads, each with a connection of its own, write so many Events."""
    with ThreadPoolExecutor(int(writers)) as pool:
        for done in [pool.submit(_write, number, int(each)) for number in range(int(writers))]:
            done.result()


def _write(number: int, count: int) -> None:
    user = User.objects.create_user(f"ada-{number}@acme.example", "pw", name="Ada")
    customer = Customer.objects.create(name=f"Acme {number}", country="DE")
    Membership.objects.create(user=user, customer=customer, role=Membership.Role.ADMIN)
    for at in range(count):
        lifecycle.set_apple_account(
            customer, apple_account=f"push-{at}@acme.example", by=Actor.of(user)
        )
    connection.close()


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
    deeds: dict[str, Callable[..., None]] = {"write": write, "seal": seal, "judge": judge}
    deeds[sys.argv[1]](*sys.argv[2:])
