"""`manage.py sandbox prepare`: the stand-in for Apple, and people to try it with."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from pushportal.sandbox.authority import Authority
from pushportal.sandbox.management import demo


class Command(BaseCommand):
    help = (
        "Prepare the stand-in for Apple: its certificate authorities and a sample vendor, and the"
        " people and customers to try the portal with. The database must be migrated."
    )
    # What it makes is what the checks would miss.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_subparsers(dest="action", required=True).add_parser(
            "prepare", help="make what is missing; what is there stays as it is"
        )

    def handle(self, *_arguments: object, **_options: object) -> None:
        authority = Authority.prepare(settings.VAR_DIR / "sandbox", now=timezone.now())
        demo.prepare(authority.folder / "accounts.json")
        self.stdout.write(f"The stand-in for Apple is ready in {authority.folder}.")
