"""`vendor_identity check`: run all checks, print each, and the lines that repeat them."""

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from onboarding import errors, trust
from onboarding.pki.chain import Chain
from onboarding.pki.trust import Trust
from signing.management import identity_options
from signing.management.identity_options import Named
from signing.setup import examination
from signing.setup.examination import Examination, Finding, Result
from signing.setup.lines import lines

HELP = "run all checks on the identity, and print the openssl and certtool lines for them"


def add_arguments(parser: CommandParser) -> None:
    identity_options.add(parser)


def run(options: dict[str, Any], *, write: Callable[[str], object]) -> None:
    """Any: argparse's values. Raises CommandError when a check has failed."""
    several = Named.each(options)
    is_alone = len(several) == 1
    examined = [(named, _examined(named, is_alone=is_alone, write=write)) for named in several]
    fit = [(named, one.chain) for named, one in examined if one.chain and not one.failed]
    if not fit:
        _refuse([one for _, one in examined])
    if not is_alone:
        _tell_apart([named for named, _ in examined], fit, write=write)


def _examined(named: Named, *, is_alone: bool, write: Callable[[str], object]) -> Examination:
    current = trust.packaged()
    write(f"Signing identity: {named}")
    write(f"Trusted root: {_root(current)}\n")
    try:
        examined = examination.of(
            named.url, passphrase=named.passphrase(), trust=current, now=timezone.now()
        )
    except errors.InvalidIdentity as error:
        if is_alone:
            raise
        # The others are looked at all the same.
        examined = Examination([Finding("can be read", Result.FAILED, error.sentence)], None)
    for finding in examined.findings:
        write(f"{finding.result:<8} {finding.name}: {finding.detail}")
    if examined.chain:
        write("\nThe same by hand, in bash:\n")
        for line in lines(named.url, examined.chain, passphrase_file=named.passphrase_file):
            write(f"    {line}")
    return examined


def _root(current: Trust) -> str:
    if current.is_apple:
        return "Apple Root CA, as packaged"
    return "TRUST_ANCHORS, in place of Apple's"


def _refuse(examined: Sequence[Examination]) -> NoReturn:
    failed = sum(one.failed for one in examined)
    of = sum(len(one.findings) for one in examined)
    who = "this identity" if len(examined) == 1 else f"none of these {len(examined)} identities"
    can = "cannot" if len(examined) == 1 else "can"
    raise CommandError(f"{failed} of {of} checks FAILED: {who} {can} sign for Apple.")


def _tell_apart(
    named: Sequence[Named], fit: Sequence[tuple[Named, Chain]], *, write: Callable[[str], object]
) -> None:
    """Which of several signs, and which do not: as the signer would choose now."""
    signs, _ = max(fit, key=lambda one: one[1].leaf.not_valid_before_utc)
    write(f"Of {len(named)} identities the newest that is fit signs: {signs}")
    able = {one.url for one, _ in fit}
    for one in named:
        if one.url not in able:
            write(f"Left out, for checks FAILED: {one}")
