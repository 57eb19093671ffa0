"""The identity that this process signs with: loaded once, after the fork, judged each time."""

from datetime import datetime

from django.conf import settings

from onboarding import errors
from onboarding.pki.trust import Trust
from signing import fitness
from signing import identity as identities
from signing.identity import SigningIdentity

_held: dict[str, SigningIdentity] = {}


def url() -> str:
    """The setting SIGNING_IDENTITY. Raises InvalidIdentity when it is not set."""
    if not settings.SIGNING_IDENTITY:
        raise errors.InvalidIdentity(
            "SIGNING_IDENTITY is not set, so nothing can be signed. Set it to the vendor's"
            " identity, as file:///path/to/identity.pem."
        )
    return settings.SIGNING_IDENTITY


def load(*, trust: Trust, now: datetime) -> SigningIdentity:
    """The identity of SIGNING_IDENTITY, loaded anew. Raises InvalidIdentity."""
    passphrase = settings.SIGNING_IDENTITY_PASSPHRASE
    return identities.load(url(), passphrase=passphrase, trust=trust, now=now)


def current(*, trust: Trust, now: datetime) -> SigningIdentity:
    """The held identity, fit to sign now. Raises InvalidIdentity.

    An unfit one is let go, so that the file which replaces it is read without a restart.
    """
    held = _held.pop(url(), None)
    if held is None:
        held = load(trust=trust, now=now)
    else:
        fitness.check(held.chain, sign=held.sign, trust=trust, now=now)
    _held[url()] = held
    return held


def let_go() -> None:
    _held.clear()
