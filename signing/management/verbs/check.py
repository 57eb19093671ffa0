"""`vendor_identity check`: run all checks, print each, and the lines that repeat them."""

from collections.abc import Callable, Sequence
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from onboarding import trust
from onboarding.pki.trust import Trust
from signing.management import identity_options
from signing.management.identity_options import Named
from signing.setup import examination
from signing.setup.examination import Finding, Result
from signing.setup.lines import lines

HELP = "run all checks on the identity, and print the openssl and certtool lines for them"


def add_arguments(parser: CommandParser) -> None:
    identity_options.add(parser)


def run(options: dict[str, Any], *, write: Callable[[str], object]) -> None:
    """Any: argparse's values. Raises CommandError when a check has failed."""
    findings = [
        finding for named in Named.each(options) for finding in _findings(named, write=write)
    ]
    _conclude(findings)


def _findings(named: Named, *, write: Callable[[str], object]) -> list[Finding]:
    current = trust.packaged()
    write(f"Signing identity: {named}")
    write(f"Trusted root: {_root(current)}\n")
    examined = examination.of(
        named.url, passphrase=named.passphrase(), trust=current, now=timezone.now()
    )
    for finding in examined.findings:
        write(f"{finding.result:<8} {finding.name}: {finding.detail}")
    if examined.chain:
        write("\nThe same by hand, in bash:\n")
        for line in lines(named.url, examined.chain, passphrase_file=named.passphrase_file):
            write(f"    {line}")
    return examined.findings


def _root(current: Trust) -> str:
    if current.is_apple:
        return "Apple Root CA, as packaged"
    return "TRUST_ANCHORS, in place of Apple's"


def _conclude(findings: Sequence[Finding]) -> None:
    failed = [finding for finding in findings if finding.result is Result.FAILED]
    if failed:
        raise CommandError(
            f"{len(failed)} of {len(findings)} checks FAILED: this identity cannot sign for Apple."
        )
