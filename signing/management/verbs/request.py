"""`vendor_identity request`: make the vendor's key, and its CSR for Apple."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from onboarding.pki.names import Subject
from signing.management import identity_options
from signing.setup import files, passphrase, request
from signing.setup.request import Paths

HELP = "make the vendor's key and the CSR for Apple's developer account"

_NEXT = """
The vendor key: {key} ({kind}; keep a copy in a safe place)
The CSR for Apple: {csr}

What to do next:
 1. Sign in at https://developer.apple.com/account with the account that is a registered MDM
    vendor. Open Certificates, add one, and choose "MDM CSR" under Services. Where that choice
    is missing, the Account Holder asks Apple Developer Support to become an MDM vendor first.
 2. Upload {csr} and download the certificate (.cer).
 3. Join it with the key, here:
    manage.py vendor_identity import DOWNLOADED.cer --key {key}
"""


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        default=Path(),
        help="where both files are written (default: the current folder)",
    )
    parser.add_argument(
        "--name", default="MDM vendor", help="common name in the CSR; Apple puts its own instead"
    )
    secrecy = parser.add_mutually_exclusive_group()
    identity_options.add_passphrase_file(secrecy, otherwise="asked for twice")
    secrecy.add_argument(
        "--no-passphrase", action="store_true", help="keep the key unencrypted on disk"
    )


def run(options: dict[str, Any], *, write: Callable[[str], object]) -> None:
    """Any: argparse's values."""
    paths = Paths.within(files.folder(options["folder"]).resolve())
    files.demand_new(paths.vendor_key, paths.csr)
    secret = _passphrase(options)
    request.make(paths, subject=Subject(common_name=options["name"]), passphrase=secret)
    kind = "encrypted with your passphrase" if secret else "NOT encrypted"
    write(_NEXT.format(key=paths.vendor_key, csr=paths.csr, kind=kind))


def _passphrase(options: dict[str, Any]) -> str | None:
    if options["no_passphrase"]:
        return None
    file: Path | None = options["passphrase_file"]
    return passphrase.from_file(file) if file else passphrase.ask_new()
