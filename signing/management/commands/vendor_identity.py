"""`manage.py vendor_identity`: the vendor's key and certificate, from Apple to the signer."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from signing.management import refusals
from signing.management.verbs import chain, check, import_answer, request

VERBS = {"request": request, "import": import_answer, "chain": chain, "check": check}


class Command(BaseCommand):
    help = "Make, import, check and show the vendor's signing identity. Needs no database."
    # It makes what the system check asks for.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        for name, verb in VERBS.items():
            verb.add_arguments(verbs.add_parser(name, help=verb.HELP, description=verb.HELP))

    def handle(self, *_arguments: object, **options: Any) -> None:
        """Any: argparse's values."""
        with refusals.as_sentences():
            VERBS[options["verb"]].run(options, write=self.stdout.write)
