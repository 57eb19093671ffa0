"""Two who ask for a first push certificate in the same moment, on a database that lets them."""

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
from onboarding import errors, lifecycle, queue
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, Membership, User
from onboarding.pki.names import Subject

queue._send = lambda *message: None
call_command("migrate", verbosity=0)
outcomes = []

def ask(by, customer, start):
    subject = Subject(common_name="Acme", country="DE")
    start.wait()
    try:
        lifecycle.request_csr(customer, subject=subject, by=Actor.of(by), beside=[])
        outcomes.append("asked")
    except errors.AlreadyUnderWay:
        outcomes.append("refused")
    finally:
        connection.close()

for number in range(10):
    acme = Customer.objects.create(name="Acme", country="DE")
    both = [User.objects.create_user(f"{n}@{number}.example", name="x") for n in "ab"]
    for user in both:
        Membership.objects.create(user=user, customer=acme, role="admin")
    start = threading.Barrier(2)
    threads = [threading.Thread(target=ask, args=[user, acme, start]) for user in both]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
print(outcomes.count("asked"), outcomes.count("refused"), CSR.objects.count())
"""


def test_of_two_at_once_one_asks(tmp_path: Path) -> None:
    assert ran_on_postgresql(AT_ONCE, tmp_path).split() == ["10", "10", "10"]
