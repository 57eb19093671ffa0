"""`vendor_identity check`: every check on an identity, each with its result."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from onboarding import errors
from onboarding.pki import certificates, rules
from onboarding.pki import chain as chains
from onboarding.pki.chain import Chain
from onboarding.pki.names import Subject
from onboarding.pki.trust import Trust
from signing import fitness
from signing import identity as identities
from signing.identities.pkcs11 import url as pkcs11_url
from signing.identity import SigningIdentity
from signing.setup import request
from signing.sign import sign


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

    @property
    def failed(self) -> int:
        """How many of the checks have failed."""
        return sum(one.result is Result.FAILED for one in self.findings)


def of(url: str, *, passphrase: str | None, trust: Trust, now: datetime) -> Examination:
    """Everything that can be told of the identity that `url` names."""
    found = list(_permissions(url))
    name = f"{_where(url)}: key and certificates"
    try:
        identity = identities.unjudged(url, passphrase=passphrase, trust=trust)
        found += _of_token(identity)
    except errors.InvalidIdentity as error:
        found.append(Finding(name, Result.FAILED, error.sentence))
        return Examination(found, None)
    found.append(Finding(name, Result.OK, _inventory(identity.chain)))
    found += _of_chain(identity.chain, trust=trust, now=now)
    found.append(_rule("key: belongs to the certificate", partial(_own_key, identity)))
    found.append(_rule("trial: a request as for Apple", partial(_trial, identity, trust, now)))
    return Examination(found, identity.chain)


def _where(url: str) -> str:
    return "token" if pkcs11_url.is_pkcs11(url) else "file"


def _permissions(url: str) -> Iterator[Finding]:
    if not pkcs11_url.is_pkcs11(url):
        path = identities.path_of(url)
    elif (pin_file := pkcs11_url.parse(url).pin_file) is not None:
        path = pin_file
    else:
        return
    exposed = identities.exposure(url)
    result = Result.WARNING if exposed else Result.OK
    yield Finding("file: for its owner alone", result, exposed or f"{path}")


def _of_token(identity: SigningIdentity) -> Iterator[Finding]:
    can_leave = identities.can_leave(identity)
    if can_leave is None:
        return
    name = "token: the key cannot leave it"
    if can_leave:
        yield Finding(
            name,
            Result.WARNING,
            "It can be taken out of the token (CKA_EXTRACTABLE, or not CKA_SENSITIVE), or the"
            " token does not say. Better is a key that was made in the token.",
        )
    else:
        yield Finding(name, Result.OK, "CKA_SENSITIVE, and not CKA_EXTRACTABLE.")


def _of_chain(chain: Chain, *, trust: Trust, now: datetime) -> Iterator[Finding]:
    yield _rule("certificate: kind", partial(fitness.demand_vendor_certificate, chain))
    for check in chains.checks(chain, trust=trust, now=now):
        yield Finding(check.name, _result(check), check.detail)
    ending = fitness.ending(chain, now=now)
    result = Result.WARNING if ending else Result.OK
    yield Finding("chain: time left", result, ending or "Thirty days or more.")


def _inventory(chain: Chain) -> str:
    public_key = certificates.public_key(chain.leaf)
    size = f"RSA key of {public_key.key_size} bits" if isinstance(public_key, RSAPublicKey) else ""
    return f"{size or 'A key'}, certificate of {certificates.title(chain.leaf.subject)}."


def _rule(name: str, run: Callable[[], str]) -> Finding:
    check = rules.Rule(name, run).result()
    return Finding(name, _result(check), check.detail)


def _result(check: rules.Check) -> Result:
    if not check.passed:
        return Result.FAILED
    return Result.WARNING if check.detail.startswith("Warning only:") else Result.OK


def _own_key(identity: SigningIdentity) -> str:
    return fitness.demand_own_key(identity.chain, sign=identity.sign)


def _trial(identity: SigningIdentity, trust: Trust, now: datetime) -> str:
    csr = request.signed_csr(request.new_key(), subject=Subject(common_name="Trial"))
    der = csr.public_bytes(Encoding.DER)
    signed = sign(der, identity=identity, trust=trust, now=now)
    return f"A made-up CSR was signed and checked as Apple would: {len(signed.content)} bytes."
