"""`vendor_identity chain`: write the chain as PEM, for Apple's eyes or a person's."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from onboarding import trust
from onboarding.pki import certificates
from signing import identity
from signing.management import identity_options
from signing.management.identity_options import Named
from signing.setup import files

HELP = "write the chain (vendor certificate, intermediate, root) as .pem"


def add_arguments(parser: CommandParser) -> None:
    identity_options.add(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        default=Path("vendor_chain.pem"),
        help="the file to write, - for standard output (default: %(default)s)",
    )


def run(options: dict[str, Any], *, write: Callable[[str], object]) -> None:
    """Any: argparse's values."""
    output: Path = options["output"]
    files.demand_new(output)
    named = Named.of(options)
    # Not judged: whoever looks into an expired identity needs its chain, too.
    loaded = identity.unjudged(named.url, passphrase=named.passphrase(), trust=trust.packaged())
    chain = loaded.chain
    if output == files.STDOUT:
        write(chain.pem)
        return
    files.write_new(output, chain.pem.encode(), mode=files.PUBLIC)
    names = ", ".join(certificates.title(one.subject) for one in chain.certificates)
    write(f"Written to {output}: {names}.")
