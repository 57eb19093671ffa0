"""`manage.py custody`: the key pair to which push keys are sealed, from its making to its end."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from onboarding import errors
from onboarding.management.custody import drop, new, reseal, rotate, status

VERBS = {"new": new, "rotate": rotate, "reseal": reseal, "status": status, "drop": drop}


class Command(BaseCommand):
    help = "Make, rotate and show the custody keys: push keys are sealed to the public half."
    # Others run it before a database or a broker is there.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        for name, verb in VERBS.items():
            verb.add_arguments(verbs.add_parser(name, help=verb.HELP, description=verb.DESCRIPTION))

    def handle(self, *_arguments: object, **options: Any) -> None:
        """Any: argparse's values."""
        try:
            VERBS[options["verb"]].run(options, write=self.stdout.write)
        except errors.PortalError as error:
            raise CommandError(error.sentence) from error
        except OSError as error:
            what = error.filename or "The file of a key"
            raise CommandError(f"{what} cannot be written: {error.strerror}.") from error
        except DatabaseError as error:
            raise CommandError(f"The database cannot be used ({error}).") from error
