"""`custody drop`: the end of old private keys, once nothing is sealed to them."""

from collections.abc import Callable
from pathlib import Path
from time import time
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from onboarding import keys, seal
from onboarding.custody import public
from onboarding.management import confirmation
from onboarding.management.custody import key_files
from onboarding.management.custody.status import Standing

HELP = "drop the old private keys that nothing is sealed to any more"
DESCRIPTION = (
    "Take those keys out of the file of CUSTODY_PRIVATE_KEY_FILE that no push key is sealed to; the"
    " newest one stays. Backups of the files and the database from before may need them: keep an"
    " offline copy as long as you keep such backups."
)
_WARNING = (
    "No push key is sealed to these any more, but backups of the file storage from before the"
    " rotation are: without a copy of these keys nobody can open them. Is a copy kept offline, for"
    " as long as such backups are?"
)


def add_arguments(parser: CommandParser) -> None:
    confirmation.add(parser)


def run(options: dict[str, Any], *, write: Callable[[str], object]) -> None:
    """Any: argparse's values. Raises CommandError when something could still need them, and
    unless somebody says yes."""
    files = key_files.named()
    if files is None:
        raise CommandError(
            "CUSTODY_PRIVATE_KEY is no file here. `manage.py custody status` names the keys that"
            " may be dropped; take them out of the setting by hand."
        )
    with key_files.locked(files[0]):
        names = _droppable(files[1])
        if not names:
            write("There is no custody key that could be dropped.")
            return
        for name in names:
            write(f"To be dropped from {files[0]}: custody key {name[:16]}….")
        confirmation.demand(_WARNING, is_given=options["yes"])
        # Time has passed while somebody read and typed.
        if _droppable(files[1]) != names:
            raise CommandError("Other keys may be dropped by now; nothing was. Run this again.")
        _drop(files[0], names)
    for name in names:
        write(f"Dropped custody key {name[:16]}….")
    write("Keep the offline copy of what was dropped as long as backups from before are kept.")


def _droppable(public_file: Path) -> list[str]:
    standing = Standing.now()
    if not standing.idle:
        return []
    if not standing.droppable:
        raise CommandError(
            "A push key whose custody key was not recorded, or an export that is being made,"
            " may still need an old key. Run `manage.py custody reseal`, then this again."
        )
    _demand_settled(public_file)
    return standing.droppable


def _demand_settled(public_file: Path) -> None:
    """A task that began before the rotation may still seal to the old key, till its time is up."""
    age = time() - public_file.stat().st_mtime
    if age < settings.CELERY_TASK_TIME_LIMIT:
        raise CommandError(
            "The custody key was rotated moments ago, and work that began before may still use the"
            f" old one. Run this again in {settings.CELERY_TASK_TIME_LIMIT - int(age)} seconds."
        )


def _drop(private_file: Path, names: list[str]) -> None:
    held = public.read(private_file, "CUSTODY_PRIVATE_KEY").split()
    kept = [one for one in held if seal.fingerprint(keys.custody_public_half(one)) not in names]
    key_files.replace(private_file, "\n".join(kept))
