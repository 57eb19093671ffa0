"""`vendor_identity check`: every check on an identity, each with its result."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from onboarding import errors
from onboarding.pki import chain as chains
from onboarding.pki import rules
from onboarding.pki.chain import Chain
from onboarding.pki.names import Subject
from onboarding.pki.trust import Trust
from signing import fitness
from signing.identities import file
from signing.identities.contents import Contents
from signing.identities.file import FileIdentity
from signing.setup import request
from signing.sign import sign

_OPENED = "file: key and certificates"


class Result(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    result: Result
    detail: str


@dataclass(frozen=True, slots=True)
class Examination:
    """`chain` is there when it could be built, fit or not."""

    findings: list[Finding]
    chain: Chain | None


def of(path: Path, *, passphrase: str | None, trust: Trust, now: datetime) -> Examination:
    """Everything that can be told of the identity in the file."""
    found = [_permissions(path)]
    try:
        contents = file.parse(file.read(path), passphrase=passphrase)
        identity = FileIdentity(contents.chain(trust=trust), contents.vendor_key)
    except errors.InvalidIdentity as error:
        found.append(Finding(_OPENED, Result.FAILED, error.sentence))
        return Examination(found, None)
    found.append(Finding(_OPENED, Result.OK, _inventory(contents)))
    found += _of_chain(identity.chain, trust=trust, now=now)
    found.append(_rule("key: belongs to the certificate", partial(_own_key, identity)))
    found.append(_rule("trial: a request as for Apple", partial(_trial, identity, trust, now)))
    return Examination(found, identity.chain)


def _of_chain(chain: Chain, *, trust: Trust, now: datetime) -> Iterator[Finding]:
    yield _rule("certificate: kind", partial(fitness.demand_vendor_certificate, chain))
    for check in chains.checks(chain, trust=trust, now=now):
        yield Finding(check.name, _result(check), check.detail)
    ending = fitness.ending(chain, now=now)
    result = Result.WARNING if ending else Result.OK
    yield Finding("chain: time left", result, ending or "Thirty days or more.")


def _permissions(path: Path) -> Finding:
    exposed = file.exposure(path)
    result = Result.WARNING if exposed else Result.OK
    return Finding("file: for its owner alone", result, exposed or f"{path}")


def _inventory(contents: Contents) -> str:
    count = len(contents.certificates)
    return f"RSA key of {contents.vendor_key.key_size} bits, {count} certificate(s)."


def _rule(name: str, run: Callable[[], str]) -> Finding:
    check = rules.Rule(name, run).result()
    return Finding(name, _result(check), check.detail)


def _result(check: rules.Check) -> Result:
    if not check.passed:
        return Result.FAILED
    return Result.WARNING if check.detail.startswith("Warning only:") else Result.OK


def _own_key(identity: FileIdentity) -> str:
    return fitness.demand_own_key(identity.chain, sign=identity.sign)


def _trial(identity: FileIdentity, trust: Trust, now: datetime) -> str:
    csr = request.signed_csr(request.new_key(), subject=Subject(common_name="Trial"))
    der = csr.public_bytes(Encoding.DER)
    signed = sign(der, identity=identity, trust=trust, now=now)
    return f"A made-up CSR was signed and checked as Apple would: {len(signed.content)} bytes."
