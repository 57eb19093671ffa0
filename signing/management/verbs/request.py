"""`vendor_identity request`: make the vendor's key, and its CSR for Apple."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from onboarding.pki.names import Subject
from signing import identity
from signing.identities.pkcs11 import url as pkcs11_url
from signing.management import identity_options
from signing.management.identity_options import Named
from signing.setup import files, passphrase, request
from signing.setup.request import Paths

HELP = "make the vendor's key and the CSR for Apple's developer account"

_AT_APPLE = """
What to do next:
 1. Sign in at https://developer.apple.com/account with the account that is a registered MDM
    vendor. Open Certificates, add one, and choose "MDM CSR" under Services. Where that choice
    is missing, the Account Holder asks Apple Developer Support to become an MDM vendor first.
 2. Upload {csr} and download the certificate (.cer)."""

_WITH_KEY_FILE = f"""
The vendor key: {{key}} ({{kind}}; keep a copy in a safe place)
The CSR for Apple: {{csr}}
{_AT_APPLE}
 3. Join it with the key, here:
    manage.py vendor_identity import DOWNLOADED.cer --key {{key}}
"""

_WITH_KEY_IN_HSM = f"""
The CSR for Apple: {{csr}} (signed by the key in the token, which stays there)
{_AT_APPLE}
 3. Write it into the token, with the key's CKA_ID; or keep it as a file, and name that at the end
    of the URL: &x-chain-file=/path/of/DOWNLOADED.cer
 4. Look it over: manage.py vendor_identity check --identity 'pkcs11:…'
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
    parser.add_argument(
        "--token",
        metavar="URL",
        help="make no key, but a CSR for the key in a PKCS#11 token that this pkcs11: URL names;"
        " --passphrase-file then holds the PIN",
    )
    secrecy = parser.add_mutually_exclusive_group()
    identity_options.add_passphrase_file(secrecy, otherwise="asked for twice")
    secrecy.add_argument(
        "--no-passphrase", action="store_true", help="keep the key unencrypted on disk"
    )


def run(options: dict[str, Any], *, write: Callable[[str], object]) -> None:
    """Any: argparse's values."""
    paths = Paths.within(files.folder(options["folder"]).resolve())
    if options["token"]:
        _for_token(paths.csr, options, write=write)
        return
    files.demand_new(paths.vendor_key, paths.csr)
    secret = _passphrase(options)
    request.make(paths, subject=Subject(common_name=options["name"]), passphrase=secret)
    kind = "encrypted with your passphrase" if secret else "NOT encrypted"
    write(_WITH_KEY_FILE.format(key=paths.vendor_key, csr=paths.csr, kind=kind))


def _for_token(csr: Path, options: dict[str, Any], *, write: Callable[[str], object]) -> None:
    files.demand_new(csr)
    if not pkcs11_url.is_pkcs11(options["token"]):
        raise CommandError(
            "--token takes the pkcs11: URL of a key, as in"
            " pkcs11:token=…;object=…?module-path=/path/of/the/module.so."
        )
    named = Named(options["token"], options["passphrase_file"])
    key = identity.private_key_in_token(named.url, pin=named.passphrase())
    request.make_for_token(csr, key=key, subject=Subject(common_name=options["name"]))
    write(_WITH_KEY_IN_HSM.format(csr=csr))


def _passphrase(options: dict[str, Any]) -> str | None:
    if options["no_passphrase"]:
        return None
    file: Path | None = options["passphrase_file"]
    return passphrase.from_file(file) if file else passphrase.ask_new()
