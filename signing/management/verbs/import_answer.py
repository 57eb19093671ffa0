"""`vendor_identity import`: Apple's certificate and the vendor's key become an identity."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from onboarding import trust
from onboarding.pki import certificates
from signing.identities import file
from signing.management import identity_options
from signing.setup import files, importing, passphrase

HELP = "join Apple's certificate and the vendor's key into a checked identity"


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("answer", type=Path, metavar="FILE", help="Apple's .cer or .pem, or a .p12")
    parser.add_argument(
        "--key", type=Path, metavar="FILE", help="the vendor's key, unless FILE holds it, too"
    )
    parser.add_argument(
        "--trust",
        type=Path,
        metavar="FILE",
        action="append",
        default=[],
        help="trust certificates (intermediate, root) beside those that are known; repeatable",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        default=Path("vendor_identity.pem"),
        help="the identity to write, 0600 (default: %(default)s)",
    )
    identity_options.add_passphrase_file(parser)


def run(options: dict[str, Any], *, write: Callable[[str], object]) -> None:
    """Any: argparse's values."""
    output: Path = options["output"].resolve()
    files.demand_new(output)
    answer, key = files.read(options["answer"]), _key(options)
    source = key or answer
    secret = _passphrase(options, source)
    contents = importing.joined(
        answer,
        key=key,
        extra=[files.read(path) for path in options["trust"]],
        passphrase=secret if file.is_encrypted(source) else None,
    )
    content = importing.identity_pem(
        contents, passphrase=secret, trust=trust.packaged(), now=timezone.now()
    )
    files.write_new(output, content, mode=files.SECRET)
    _tell(output, content, is_encrypted=secret is not None, write=write)


def _key(options: dict[str, Any]) -> bytes | None:
    if options["key"]:
        return files.read(options["key"])
    if importing.is_certificate_alone(files.read(options["answer"])):
        raise CommandError(
            f"{options['answer']} holds a certificate but no key. Name the vendor's key, which"
            " `manage.py vendor_identity request` wrote, with --key."
        )
    return None


def _passphrase(options: dict[str, Any], data: bytes) -> str | None:
    """Of the identity to write, and of `data` where that is encrypted."""
    given: Path | None = options["passphrase_file"]
    if given:
        return passphrase.from_file(given)
    return passphrase.ask() if file.is_encrypted(data) else None


def _tell(
    output: Path, content: bytes, *, is_encrypted: bool, write: Callable[[str], object]
) -> None:
    leaf = certificates.read(content)[0]
    write(f"The identity: {output}")
    write(
        f"It is of {certificates.title(leaf.subject)}, until {leaf.not_valid_after_utc:%Y-%m-%d}."
    )
    if not is_encrypted:
        write("Its key is NOT encrypted: whoever reads the file can sign as you.")
    write(f"Give it to the signer: SIGNING_IDENTITY={output.as_uri()}")
    write(f"Look it over: manage.py vendor_identity check --identity {output}")
