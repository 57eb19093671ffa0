"""`custody new FOLDER`: the first key pair."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from onboarding import durable, keys
from onboarding.management.custody import key_files

HELP = "make a key pair"
DESCRIPTION = (
    "Make a new key pair, in the files custody_private_key (for the worker alone, 0600) and"
    " custody_public_key. Nothing is overwritten. Without the private half no sealed push key can"
    " be opened again: keep a copy in a safe place."
)


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("folder", type=Path, help="where both files are written")


def run(options: dict[str, Any], *, write: Callable[[str], object]) -> None:
    """Any: argparse's values. Raises CommandError when a file is in the way."""
    folder: Path = options["folder"].resolve()
    private_file, public_file = folder / "custody_private_key", folder / "custody_public_key"
    for path in (private_file, public_file):
        if os.path.lexists(path):
            raise CommandError(
                f"{path} is there already and is not overwritten: without it, no push key"
                " that was sealed before could be opened. Choose another folder."
            )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    durable.sync_folder(folder.parent)
    custody_private_key, custody_public_key = keys.new_custody_key_pair()
    key_files.write_new(private_file, custody_private_key, mode=0o600)
    key_files.write_new(public_file, custody_public_key, mode=0o644)
    write(f"CUSTODY_PRIVATE_KEY_FILE={private_file}")
    write(f"CUSTODY_PUBLIC_KEY_FILE={public_file}")
    write("The worker needs both, web the public half alone, and no other process either.")
