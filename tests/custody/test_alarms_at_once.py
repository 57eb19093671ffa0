"""Workers that come upon unusable keys at the same moment: the one alarm counts them all."""

from pathlib import Path

import pytest

from tests.beside import ran_on_postgresql

pytestmark = pytest.mark.needs("postgresql")

AT_ONCE = """
import threading
import time
import django
django.setup()
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from onboarding import errors
from onboarding.custody import alarms
from onboarding.models import CSR, Alarm, Customer, Event, User

call_command("migrate", verbosity=0)
customer = Customer.objects.create(name="Acme", country="DE")
ada = User.objects.create_user("ada@acme.example", None, name="Ada")
now = timezone.now()
made = CSR.objects.bulk_create(
    CSR(customer=customer, state="withdrawn", state_since=now, origin="made_here",
        requested_by=ada, requested_at=now, sealed_key="sealed-keys/ab/cd")
    for _ in range(8)
)
refused = []

def at_once(act):
    def one(csr):
        try:
            act(csr)
        except Exception as error:
            refused.append(repr(error))
        finally:
            connection.close()
    threads = [threading.Thread(target=one, args=[csr]) for csr in made]
    with transaction.atomic(), connection.cursor() as cursor:
        # All may read meanwhile, and nobody may write: so each has counted before one has acted.
        cursor.execute("LOCK TABLE onboarding_alarm IN SHARE MODE")
        [thread.start() for thread in threads]
        waiting = 0
        while waiting < 8:
            time.sleep(0.01)
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            waiting = cursor.fetchone()[0]
    [thread.join() for thread in threads]

gone = errors.DamagedRecord("It is gone.")
at_once(lambda csr: alarms.raise_for(csr, gone))
print(Alarm.objects.open().get().sentence.partition(",")[0])
print(Event.objects.filter(verb="raise_alarm").count(), Alarm.objects.count())
at_once(alarms.clear_for)
print(Alarm.objects.open().count(), Event.objects.filter(verb="clear_alarm").count(), refused)
"""


def test_eight_at_once_are_counted_and_cleared(tmp_path: Path) -> None:
    assert ran_on_postgresql(AT_ONCE, tmp_path).splitlines() == [
        "8 sealed push keys cannot be used",
        "1 1",
        "0 1 []",
    ]
