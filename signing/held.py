"""The identities that this process signs with: loaded once, after the fork, judged each time."""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from onboarding import errors
from onboarding.pki.trust import Trust
from signing import fitness
from signing import identity as identities
from signing.identity import SigningIdentity

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Held:
    """An identity, and how its files looked when it was loaded."""

    identity: SigningIdentity
    stamp: str


_held: dict[str, Held] = {}
# Of what has no file, or whose file is gone from its place: what is held stays good.
_UNSEEN = ""


def urls() -> list[str]:
    """The URLs in SIGNING_IDENTITY. Raises InvalidIdentity when there is none."""
    if not settings.SIGNING_IDENTITY:
        raise errors.InvalidIdentity(
            "SIGNING_IDENTITY is not set, so nothing can be signed. Set it to the vendor's"
            " identity, as file:///path/to/identity.pem."
        )
    return list(settings.SIGNING_IDENTITY.split())


def passphrases() -> list[str | None]:
    """One for each URL: SIGNING_IDENTITY_PASSPHRASE has one line for all, or a line for each."""
    lines = (settings.SIGNING_IDENTITY_PASSPHRASE or "").splitlines()
    if len(lines) <= 1:
        return [lines[0] if lines else None] * len(urls())
    if len(lines) != len(urls()):
        raise errors.InvalidIdentity(
            f"SIGNING_IDENTITY names {len(urls())} identities, and SIGNING_IDENTITY_PASSPHRASE has"
            f" {len(lines)} lines. Give one line for all of them, or one for each; an empty line"
            " stands for none."
        )
    return [line or None for line in lines]


def load_all(*, trust: Trust, now: datetime) -> list[SigningIdentity]:
    """Every identity that is fit to sign now, loaded anew, newest first. Raises InvalidIdentity."""
    let_go()
    return _fit(trust=trust, now=now)


def current(*, trust: Trust, now: datetime) -> SigningIdentity:
    """The newest identity that is fit to sign now. Raises InvalidIdentity when none is.

    A file that was replaced is read anew, and so is one that was unfit: no restart is needed.
    """
    return _fit(trust=trust, now=now)[0]


def let_go() -> None:
    _held.clear()


def _fit(*, trust: Trust, now: datetime) -> list[SigningIdentity]:
    found, unfit = [], []
    for url, passphrase in zip(urls(), passphrases(), strict=True):
        try:
            found.append(_judged(url, passphrase, trust=trust, now=now))
        except errors.InvalidIdentity as error:
            unfit.append(error)
    if not found:
        raise unfit[0] if len(unfit) == 1 else errors.InvalidIdentity(" ".join(map(str, unfit)))
    for reason in unfit:
        logger.warning("An identity is left out, and another one signs. %s", reason)
    # Of two that are valid at once, the newer one signs.
    return sorted(found, key=_begin, reverse=True)


def _begin(identity: SigningIdentity) -> datetime:
    return identity.chain.leaf.not_valid_before_utc


def _judged(url: str, passphrase: str | None, *, trust: Trust, now: datetime) -> SigningIdentity:
    stamp = identities.stamp(url)
    held = _held.pop(url, None)
    if held is None or stamp not in {held.stamp, _UNSEEN}:
        identity = identities.load(url, passphrase=passphrase, trust=trust, now=now)
    else:
        identity = held.identity
        fitness.check(identity.chain, sign=identity.sign, trust=trust, now=now)
    # Kept only when fit: what takes the place of an unfit one is then read.
    _held[url] = Held(identity, stamp)
    return identity
