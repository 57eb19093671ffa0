"""Many processes find the same at the same moment, on a database that lets them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.beside import ran
from tests.servers.postgresql import PostgreSQL

AT_ONCE = """
import threading
import time
import django
django.setup()
from django.db import connection, transaction
from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import Alarm, Event, Mail, User

User.objects.create_superuser("root@vendor.example", "pw", name="Root")
outcomes = []

def at_once(act):
    def one(number):
        try:
            outcomes.append(act(number))
        except Exception as error:
            outcomes.append(repr(error))
        finally:
            connection.close()
    threads = [threading.Thread(target=one, args=[number]) for number in range(8)]
    with transaction.atomic(), connection.cursor() as cursor:
        # All may read meanwhile, and nobody may write: so each has looked before one has acted.
        cursor.execute("LOCK TABLE onboarding_alarm IN SHARE MODE")
        [thread.start() for thread in threads]
        waiting = 0
        while waiting < 8:
            time.sleep(0.01)
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            waiting = cursor.fetchone()[0]
    [thread.join() for thread in threads]

kind, by = Alarm.Kind.STUCK, Actor.worker()
for number in range(10):
    at_once(lambda n: lifecycle.raise_alarm(kind, about=str(number), sentence=str(n), by=by))
print("raised", sum(one is not None for one in outcomes), Alarm.objects.count())
print("told", Event.objects.count(), Mail.objects.count())
outcomes.clear()
for number in range(10):
    at_once(lambda n: lifecycle.clear_alarm(kind, about=str(number), by=by))
print("cleared", sum(one is not None for one in outcomes), Alarm.objects.open().count())
print("events", Event.objects.filter(verb="clear_alarm").count())
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    server = PostgreSQL.start(tmp_path / "postgresql", fsync="off")
    yield server.create("race")
    server.stop()


def test_eight_who_find_the_same_raise_one_alarm_with_one_event_and_one_mail(
    database: str, tmp_path: Path
) -> None:
    ran(database, tmp_path, "manage.py", "migrate", "--verbosity", "0")

    told = ran(database, tmp_path, "-c", AT_ONCE)

    assert told.splitlines() == ["raised 10 10", "told 10 10", "cleared 0 0", "events 10"]
