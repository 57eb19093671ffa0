"""Passphrases: from a file, or asked for on the terminal; never from the command line."""

import getpass
import sys
from pathlib import Path

from django.core.management.base import CommandError

from signing.setup import files


def from_file(path: Path) -> str:
    """The one line of the file. Its end is no part of the passphrase."""
    try:
        return _checked(files.read(path).decode().rstrip("\r\n"), source=str(path))
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is not text in UTF-8, so it holds no passphrase.") from error


def ask_new() -> str:
    """A new passphrase, asked for twice."""
    _demand_terminal()
    chosen = _checked(getpass.getpass("Passphrase for the vendor key: "), source="The passphrase")
    if getpass.getpass("The same again: ") != chosen:
        raise CommandError("The two passphrases differ. Nothing was written; start again.")
    return chosen


def ask() -> str:
    """The passphrase of a key that there is."""
    _demand_terminal()
    return _checked(getpass.getpass("Passphrase of the vendor key: "), source="The passphrase")


def ask_pin() -> str:
    """The PIN of a token: once, as a few wrong ones lock it."""
    _demand_terminal()
    pin = getpass.getpass("PIN of the token: ")
    if not pin:
        raise CommandError("No PIN was given, so none is tried. Start again.")
    return pin


def _checked(passphrase: str, *, source: str) -> str:
    if not passphrase.strip():
        raise CommandError(
            f"{source} is empty. Choose a passphrase, or say --no-passphrase to keep the key"
            " unencrypted."
        )
    if passphrase != passphrase.strip() or len(passphrase.splitlines()) > 1:
        # The signer's setting is stripped: such a passphrase would open nothing there.
        raise CommandError(
            f"{source} must be one line, without a space at its beginning or end. Nothing was"
            " written."
        )
    return passphrase


def _demand_terminal() -> None:
    if not sys.stdin.isatty():
        raise CommandError(
            "There is no terminal to ask for the passphrase on. Give it with --passphrase-file."
        )
