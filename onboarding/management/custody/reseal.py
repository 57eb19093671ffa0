"""`custody reseal`: have the worker seal anew what is sealed to older keys, and look on."""

from collections.abc import Callable
from time import monotonic, sleep
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.template.defaultfilters import pluralize

from onboarding.custody import resealing
from onboarding.custody.ring import Ring

HELP = "have the worker seal all push keys to the newest key, and show how far it is"
DESCRIPTION = (
    "`custody rotate` does this by itself; this is for keys that were changed by hand, and to look"
    " on again after Ctrl-C. It may be started any time, and goes on where it was."
)
_LOOK_SECONDS = 0.5
_PATIENCE_SECONDS = 10.0


def add_arguments(parser: CommandParser) -> None:
    pass


def run(_options: dict[str, Any], *, write: Callable[[str], object]) -> None:
    """Any: argparse's values."""
    follow(write=write)


def follow(*, write: Callable[[str], object]) -> None:
    """Start, and tell how far it is until all is done. Raises CommandError when some stay."""
    newest = Ring.current().newest
    total = count_waiting(newest)
    if total:
        resealing.start()
        try:
            _look_on(newest, total, write)
        except KeyboardInterrupt:
            write("It goes on in the worker; `manage.py custody status` shows how far it is.")
            return
    write(f"All push keys are sealed to custody key {newest[:16]}….")


def count_waiting(newest: str) -> int:
    return resealing.waiting(newest).count()


def _look_on(newest: str, total: int, write: Callable[[str], object]) -> None:
    told, since, is_told_to_wait = -1, monotonic(), False
    while left := count_waiting(newest):
        if left != told:
            write(f"Sealed anew: {max(total - left, 0)} of {total}")
            told, since = left, monotonic()
        if resealing.is_resting(newest):
            raise CommandError(
                f"{left} push key{pluralize(left)} could not be sealed anew. The worker's log and"
                " the alarms in the admin say which and why; the worker tries again every ten"
                " minutes."
            )
        if monotonic() - since > _PATIENCE_SECONDS and not is_told_to_wait:
            write("Nothing has moved for a while. Is a worker running? It goes on once one is.")
            is_told_to_wait = True
        sleep(_LOOK_SECONDS)
