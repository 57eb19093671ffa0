"""For programs beside a test: acts in one moment, each on a connection of its own."""

import threading
from collections.abc import Callable

from django.db import connection

from onboarding import errors


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Do them; the names of the errors by which some were refused, as LastAdmin."""
    start = threading.Barrier(len(acts))
    refused: list[str] = []

    def run(act: Callable[[], object]) -> None:
        start.wait()
        try:
            act()
        except errors.PortalError as error:
            refused.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused
