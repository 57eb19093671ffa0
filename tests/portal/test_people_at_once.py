"""Two admins who remove each other in the same moment, on a database that lets them."""

from pathlib import Path

import pytest

from tests.beside import ran_on_postgresql

pytestmark = pytest.mark.needs("postgresql")

AT_ONCE = """
import django
django.setup()
from django.core.management import call_command
from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import Customer, Membership, User
from tests.at_once import at_once

call_command("migrate", verbosity=0)
refused = []
for number in range(10):
    acme = Customer.objects.create(name="Acme", country="DE")
    both = [User.objects.create_user(f"{n}@{number}.example", name="x") for n in "ab"]
    for user in both:
        Membership.objects.create(user=user, customer=acme, role="admin")
    pairs = [(by, Membership.objects.get(user=target)) for by, target in (both, both[::-1])]
    refused += at_once(*(
        lambda by=by, target=target: lifecycle.remove_member(target, by=Actor.of(by))
        for by, target in pairs
    ))
print(Membership.objects.count(), len(refused), *sorted({*refused} - {"NotAllowed", "LastAdmin"}))
"""


def test_two_admins_who_remove_each_other_leave_one(tmp_path: Path) -> None:
    assert ran_on_postgresql(AT_ONCE, tmp_path).split() == ["10", "10"]
