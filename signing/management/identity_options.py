"""The options with which every command here names an identity and its passphrase or PIN."""

import argparse
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from onboarding import errors
from onboarding.pki.trust import Trust
from signing import held, identity
from signing.identities import file
from signing.identities.pkcs11 import url as pkcs11_url
from signing.identity import SigningIdentity
from signing.setup import passphrase

_OTHERWISE = "the setting SIGNING_IDENTITY_PASSPHRASE, else asked for"


@dataclass(frozen=True, slots=True)
class Named:
    """An identity by its URL. The passphrase or PIN is asked for only when it is needed."""

    url: str
    passphrase_file: Path | None

    def __post_init__(self) -> None:
        # Before anybody shows the URL: one that holds a PIN is refused here.
        if self.is_in_token:
            pkcs11_url.parse(self.url)

    @classmethod
    def of(cls, options: dict[str, Any]) -> "Named":
        """Any: argparse's values. Raises InvalidIdentity when not exactly one is named."""
        found = cls.each(options)
        if len(found) > 1:
            raise errors.InvalidIdentity(
                f"SIGNING_IDENTITY names {len(found)} identities. Say with --identity which one is"
                " meant."
            )
        return found[0]

    @classmethod
    def each(cls, options: dict[str, Any]) -> list["Named"]:
        """Any: argparse's values. Raises InvalidIdentity when nothing names an identity."""
        given: str | None = options["identity"]
        urls = [_url(given)] if given else held.urls()
        return [cls(url, options["passphrase_file"]) for url in urls]

    def __str__(self) -> str:
        return self.url if self.is_in_token else str(self.path)

    @property
    def is_in_token(self) -> bool:
        return pkcs11_url.is_pkcs11(self.url)

    @property
    def path(self) -> Path:
        """Raises InvalidIdentity for a token."""
        return identity.path_of(self.url)

    def passphrase(self) -> str | None:
        if self.passphrase_file:
            return passphrase.from_file(self.passphrase_file)
        if self.is_in_token:
            return self._pin()
        if not file.is_encrypted(file.read(self.path)):
            return None
        return _configured(self.url) or passphrase.ask()

    def _pin(self) -> str | None:
        if pkcs11_url.parse(self.url).pin_file:
            return None
        # Another identity's passphrase would be a wrong PIN, of which a token takes only a few.
        is_its_own = not settings.SIGNING_IDENTITY or self.url in held.urls()
        return (_configured(self.url) if is_its_own else None) or passphrase.ask_pin()


def load(options: dict[str, Any], *, trust: Trust, now: datetime) -> SigningIdentity:
    """What signs: the identity that is named, or of several the newest that is fit.

    Any: argparse's values. Raises InvalidIdentity.
    """
    if len(Named.each(options)) > 1 and not options["passphrase_file"]:
        # Nobody can type the passphrases of several: the settings have them.
        return held.current(trust=trust, now=now)
    named = Named.of(options)
    return identity.load(named.url, passphrase=named.passphrase(), trust=trust, now=now)


def add(parser: CommandParser) -> None:
    parser.add_argument(
        "--identity",
        metavar="FILE",
        help="the identity's file, PEM or PKCS#12, or the pkcs11: URL of a key in a token"
        " (default: the setting SIGNING_IDENTITY)",
    )
    add_passphrase_file(parser)


def add_passphrase_file(parser: argparse._ActionsContainer, *, otherwise: str = _OTHERWISE) -> None:
    parser.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help=f"a file whose one line is the passphrase, or the PIN (default: {otherwise})",
    )


def _url(given: str) -> str:
    is_url = pkcs11_url.is_pkcs11(given) or given.startswith("file:")
    return given if is_url else Path(given).resolve().as_uri()


def _configured(url: str) -> str | None:
    """The passphrase or PIN that the settings have for this identity."""
    if settings.SIGNING_IDENTITY and url in held.urls():
        return dict(zip(held.urls(), held.passphrases(), strict=True))[url]
    lines = (settings.SIGNING_IDENTITY_PASSPHRASE or "").splitlines()
    return lines[0] if len(lines) == 1 else None
