"""`remind DAY`: the worker's own daily round, as if DAY days had gone by; the answer is JSON."""

import json
import os
import sys
import time
from datetime import timedelta

import django

django.setup()

import time_machine  # noqa: E402 - the settings come first
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench import stage  # noqa: E402
from onboarding import reminders, tasks  # noqa: E402
from onboarding.models import PushCertificate, ReminderDay  # noqa: E402


def bare() -> float:
    """Seconds for the rows alone, by the index."""
    rows = PushCertificate.objects.active().filter(not_after__lt=reminders.horizon(timezone.now()))
    statement, parameters = (
        rows.order_by("not_after", "id").values_list("pk", "not_after").query.sql_with_params()
    )
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        while cursor.fetchmany(1000):
            pass
    return time.perf_counter() - began


def main(day: int) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=day), tick=True):
        bare()
        before = bare()

        began = time.perf_counter()
        tasks.remind()
        seconds = time.perf_counter() - began
        found = {
            "seconds": seconds,
            "bare": (before + bare()) / 2,
            "reminded": ReminderDay.objects.latest("day").reminded,
            "memory": stage.peak_memory(os.getpid()),
        }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]))
