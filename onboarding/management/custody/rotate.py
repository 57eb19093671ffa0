"""`custody rotate`: a new custody key, at once for new seals and then for all others."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from onboarding import keys, lifecycle, seal
from onboarding.custody import public
from onboarding.custody.ring import Ring
from onboarding.lifecycle import Actor
from onboarding.management.custody import key_files, reseal

HELP = "seal to a new key from now on, and have the worker seal all push keys anew"
DESCRIPTION = (
    "Make a new custody key and put it first into the files that CUSTODY_PRIVATE_KEY_FILE and"
    " CUSTODY_PUBLIC_KEY_FILE name. Running processes take it up without a restart. Then the worker"
    " seals every push key anew while this command shows how far it is; Ctrl-C leaves it going."
    " The old private half stays until `custody drop`."
)
_BY_HAND = """\
CUSTODY_PRIVATE_KEY and CUSTODY_PUBLIC_KEY are not both files here, so they are changed by hand, in
this order, so that nothing is ever sealed that nobody can open:

  1. manage.py custody new FOLDER
  2. Set CUSTODY_PRIVATE_KEY of every worker to the new private half, then a space, then what it is
     now; restart the workers.
  3. Set CUSTODY_PUBLIC_KEY of web and of every worker to the new public half; restart them.
  4. manage.py custody reseal"""


def add_arguments(parser: CommandParser) -> None:
    pass


def run(_options: dict[str, Any], *, write: Callable[[str], object]) -> None:
    """Any: argparse's values."""
    files = key_files.named()
    if files is None:
        raise CommandError(_BY_HAND)
    # Asked before anything changes: is the database there?
    reseal.count_waiting("")
    with key_files.locked(files[0]):
        before, after = _rotate(*files)
    lifecycle.record_rotation(custody_key=after, before=before, by=Actor.operator())
    write(f"New push keys are sealed to custody key {after[:16]}… from now on.")
    write(f"Keep a copy of {files[0]} in a safe place: it has a new first line.")
    reseal.follow(write=write)


def _rotate(private_file: Path, public_file: Path) -> tuple[str, str]:
    """The fingerprints of the key before and after."""
    ring = Ring.current()
    held = public.read(private_file, "CUSTODY_PRIVATE_KEY").split()
    custody_private_key, custody_public_key = keys.new_custody_key_pair()
    # Private first: at no moment is anything sealed to a key that the worker does not hold.
    key_files.replace(private_file, "\n".join([custody_private_key, *held]))
    key_files.replace(public_file, custody_public_key)
    return ring.newest, seal.fingerprint(custody_public_key)
