"""`manage.py signing`: the signer without network, in three steps over two machines."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from onboarding.management.progress import Progress
from signing.management import refusals
from signing.management.airgap_verbs import export, import_results, sign

VERBS = {"export": export, "sign": sign, "import": import_results}


class Command(BaseCommand):
    help = (
        "Sign approved CSRs on a machine without network: export here, sign there, import here."
        " Works beside an online signer and without one."
    )
    # The portal's machine may hold no identity, and the offline one has no database.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        for name, verb in VERBS.items():
            verb.add_arguments(verbs.add_parser(name, help=verb.HELP, description=verb.HELP))

    def handle(self, *_arguments: object, **options: Any) -> None:
        """Any: argparse's values."""
        with refusals.as_sentences():
            VERBS[options["verb"]].run(options, progress=Progress(self.stdout))
