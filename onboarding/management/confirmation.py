"""A person agrees, on the terminal or with --yes beforehand."""

import sys

from django.core.management.base import CommandError, CommandParser


def add(parser: CommandParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not ask, go on")


def demand(question: str, *, is_given: bool) -> None:
    """Raise CommandError unless a person says yes."""
    if is_given:
        return
    if not sys.stdin.isatty():
        raise CommandError(
            f"{question} There is no terminal to ask on. Look at what is shown above, and if it is"
            " right, say so with --yes. Nothing was done."
        )
    try:
        answer = input(f"{question} Type yes: ")
    except EOFError:
        answer = ""
    if answer.strip().lower() != "yes":
        raise CommandError("Nothing was done.")
