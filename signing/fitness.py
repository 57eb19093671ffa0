"""Is a signing identity fit to sign now? Asked at start, before each round, and by commands."""

from collections.abc import Callable
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from onboarding import errors
from onboarding.pki import certificates, kinds
from onboarding.pki import chain as chains
from onboarding.pki.chain import Chain
from onboarding.pki.trust import Trust

RENEWAL_TIME = timedelta(days=30)
_TRIAL = b"pushportal: does this key belong to its certificate?"


def check(chain: Chain, *, sign: Callable[[bytes], bytes], trust: Trust, now: datetime) -> None:
    """Raise InvalidIdentity with the first reason why this identity cannot sign for Apple now."""
    demand_vendor_certificate(chain)
    try:
        chains.verify(chain, trust=trust, now=now)
    except errors.InvalidChain as error:
        raise errors.InvalidIdentity(f"The signing identity is not fit: {error}") from error
    demand_own_key(chain, sign=sign)


def demand_vendor_certificate(chain: Chain) -> str:
    if kinds.recognise(certificates.der(chain.leaf)) is kinds.Kind.PUSH_CERTIFICATE:
        raise errors.InvalidIdentity(
            "The certificate of the signing identity is a customer's push certificate. Use the"
            " MDM vendor certificate from Apple's developer account."
        )
    return f"{certificates.title(chain.leaf.subject)} is no push certificate."


def demand_own_key(chain: Chain, *, sign: Callable[[bytes], bytes]) -> str:
    """By a trial signature, so that it holds for keys that nobody can look at, too."""
    public_key = certificates.public_key(chain.leaf)
    if not isinstance(public_key, RSAPublicKey):
        raise errors.InvalidIdentity("The key of the vendor certificate is not RSA.")
    try:
        public_key.verify(sign(_TRIAL), _TRIAL, PKCS1v15(), SHA256())
    except InvalidSignature as error:
        raise errors.InvalidIdentity(
            "The private key does not belong to the vendor certificate. Use the key with which"
            " the CSR for this certificate was made."
        ) from error
    return "A trial signature verifies with the key in the certificate."


def warnings(chain: Chain, *, now: datetime) -> list[str]:
    """What does not hinder signing, but should be looked at."""
    return [sentence for sentence in (marking(chain), ending(chain, now=now)) if sentence]


def marking(chain: Chain) -> str | None:
    if kinds.is_vendor_certificate(chain.leaf):
        return None
    return (
        f"{certificates.title(chain.leaf.subject)} does not carry Apple's marker for MDM vendors;"
        " check that it is the MDM signing certificate."
    )


def ending(chain: Chain, *, now: datetime) -> str | None:
    first = min(chain.certificates, key=lambda one: one.not_valid_after_utc)
    if first.not_valid_after_utc - now >= RENEWAL_TIME:
        return None
    return (
        f"{certificates.title(first.subject)} ends on {first.not_valid_after_utc:%Y-%m-%d}. Renew"
        " in Apple's developer account in time: from that day on Apple refuses every new request."
    )
