"""Two admins who remove each other in the same moment, on a database that lets them."""

from pathlib import Path

import pytest

from tests.beside import ran_on_postgresql

pytestmark = pytest.mark.needs("postgresql")

AT_ONCE = """
import threading
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from onboarding import errors, lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import Customer, Membership, User

call_command("migrate", verbosity=0)
outcomes = []

def remove(by, target, start):
    membership = Membership.objects.get(user=target)
    start.wait()
    try:
        lifecycle.remove_member(membership, by=Actor.of(by))
        outcomes.append("removed")
    except (errors.NotAllowed, errors.LastAdmin) as error:
        outcomes.append("refused")
    finally:
        connection.close()

for number in range(10):
    acme = Customer.objects.create(name="Acme", country="DE")
    both = [User.objects.create_user(f"{n}@{number}.example", name="x") for n in "ab"]
    for user in both:
        Membership.objects.create(user=user, customer=acme, role="admin")
    start = threading.Barrier(2)
    threads = [
        threading.Thread(target=remove, args=[*pair, start]) for pair in (both, both[::-1])
    ]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
print(outcomes.count("removed"), outcomes.count("refused"), Membership.objects.count())
"""


def test_two_admins_who_remove_each_other_leave_one(tmp_path: Path) -> None:
    assert ran_on_postgresql(AT_ONCE, tmp_path).split() == ["10", "10", "10"]
