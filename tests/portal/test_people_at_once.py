"""Two admins who remove each other in the same moment, on a database that lets them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.postgresql import PostgreSQL

pytestmark = pytest.mark.needs("postgresql")

ROOT = Path(__file__).parents[2]
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
    server = PostgreSQL.start(tmp_path / "postgresql", fsync="off")
    try:
        ran = subprocess.run(
            [sys.executable, "-c", AT_ONCE],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "DJANGO_SETTINGS_MODULE": "pushportal.settings.worker",
                "DATABASE_URL": server.create("people"),
                "SECRET_KEY": "of a test",
                "VAR_DIR": str(tmp_path / "var"),
            },
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        server.stop()

    assert ran.stdout.split() == ["10", "10", "10"], ran.stderr
