"""`trail fill COUNT`: so many Events, sealed. `trail ROUNDS`: seconds to read and verify them."""

import json
import sys
import time
from collections.abc import Callable

import django

django.setup()

from django.db import connection  # noqa: E402 - the settings come first
from django.utils import timezone  # noqa: E402

from bench.programs import crowd  # noqa: E402
from onboarding.audit import reading, sealing  # noqa: E402
from onboarding.audit.verification import PAGE, Walk  # noqa: E402


def fill(count: int) -> float:
    """Seconds in which a sealer sealed them."""
    crowd.fill(count // crowd.EVENTS_OF_EACH)
    with connection.cursor() as cursor:
        # The crowd's seals are made up.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("TRUNCATE onboarding_eventseal")
        cursor.execute(
            "INSERT INTO onboarding_unsealedevent (event_id) SELECT id FROM onboarding_event"
        )
        cursor.execute("SET session_replication_role = origin")
    seconds = _seconds(lambda: sealing.seal(now=timezone.now()))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return seconds


def read() -> None:
    """What the database and its driver take, whoever looks at it then."""
    after = 0
    while page := reading.sealed(after=after, limit=PAGE):
        after = page[-1].seq


def verify() -> None:
    walk = Walk()
    for _ in walk.pages():
        pass
    walk.finish()
    if walk.found:
        raise RuntimeError(walk.findings[0].sentence)


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def main(what: str, *count: str) -> None:
    if what == "fill":
        sys.stdout.write(json.dumps(fill(int(count[0]))))
        return
    # The first warms up, and does not count.
    verify()
    found = [(_seconds(read), _seconds(verify)) for _ in range(int(what))]
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
