"""`manage.py custody new FOLDER`: the key pair to which push keys are sealed."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from onboarding import keys


class Command(BaseCommand):
    help = "Make the custody keys: push keys are sealed to the public half (see `custody new -h`)."
    # Others run it before a database or a broker is there.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        new = verbs.add_parser(
            "new",
            help="make a key pair",
            description="Make a new key pair, in the files custody_private_key (for the worker"
            " alone, 0600) and custody_public_key. Nothing is overwritten. Without the private"
            " half no sealed push key can be opened again: keep a copy in a safe place.",
        )
        new.add_argument("folder", type=Path, help="where both files are written")

    def handle(self, *_arguments: object, **options: Any) -> None:
        """Any: argparse's values."""
        folder: Path = options["folder"].resolve()
        paths = folder / "custody_private_key", folder / "custody_public_key"
        for path in paths:
            if os.path.lexists(path):
                raise CommandError(
                    f"{path} is there already and is not overwritten: without it, no push key"
                    " that was sealed before could be opened. Choose another folder."
                )
        try:
            _write(*paths)
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be written: {error.strerror}.") from error
        self._tell(*paths)

    def _tell(self, private_path: Path, public_path: Path) -> None:
        self.stdout.write(f"CUSTODY_PRIVATE_KEY_FILE={private_path}")
        self.stdout.write(f"CUSTODY_PUBLIC_KEY_FILE={public_path}")
        self.stdout.write("The worker needs both; no other process needs either.")


def _write(private_path: Path, public_path: Path) -> None:
    private_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    custody_private_key, custody_public_key = keys.new_custody_key_pair()
    write_new(private_path, custody_private_key, mode=0o600)
    write_new(public_path, custody_public_key, mode=0o644)


def write_new(path: Path, content: str, *, mode: int) -> None:
    # O_EXCL: never through a link, never over a file made since the look.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"{content}\n")
