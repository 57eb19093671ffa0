"""`manage.py up`: every process of the portal and its sandbox, until Ctrl-C."""

import os
import sys
from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand

from pushportal.up import launch
from pushportal.up.refusal import Refused


class Command(BaseCommand):
    help = (
        "Run the portal, a stand-in for Apple, and the processes behind them on this machine. "
        "They end with this command, and with whatever started it."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", default="8000", help="the portal's; Apple's is next")

    def handle(self, *, port: str, **_: object) -> None:
        if not port.isdecimal():
            sys.exit(f"The port {port!r} is no number. Try: make run PORT=8010")
        try:
            launch.up(settings.BASE_DIR, settings.VAR_DIR, port=int(port), environ=os.environ)
        except Refused as refused:
            sys.exit(str(refused))
        except KeyboardInterrupt:
            sys.exit(130)
