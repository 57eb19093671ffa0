"""The options with which every command here names an identity and its passphrase."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from signing import held, identity
from signing.identities import file
from signing.setup import passphrase

_OTHERWISE = "the setting SIGNING_IDENTITY_PASSPHRASE, else asked for"


@dataclass(frozen=True, slots=True)
class Named:
    """An identity's file. The passphrase is asked for only when something is encrypted."""

    path: Path
    passphrase_file: Path | None

    @classmethod
    def of(cls, options: dict[str, Any]) -> "Named":
        """Any: argparse's values. Raises InvalidIdentity when nothing names an identity."""
        given: Path | None = options["identity"]
        path = given or identity.path_of(held.url())
        return cls(path.resolve(), options["passphrase_file"])

    def passphrase(self) -> str | None:
        if self.passphrase_file:
            return passphrase.from_file(self.passphrase_file)
        if not file.is_encrypted(file.read(self.path)):
            return None
        return settings.SIGNING_IDENTITY_PASSPHRASE or passphrase.ask()


def add(parser: CommandParser) -> None:
    parser.add_argument(
        "--identity",
        type=Path,
        metavar="FILE",
        help="the identity's file, PEM or PKCS#12 (default: the setting SIGNING_IDENTITY)",
    )
    add_passphrase_file(parser)


def add_passphrase_file(parser: argparse._ActionsContainer, *, otherwise: str = _OTHERWISE) -> None:
    parser.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help=f"a file whose one line is the passphrase (default: {otherwise})",
    )
