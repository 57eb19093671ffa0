"""The signing identity: the vendor certificate's chain, and a way to use its key."""

import logging
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from onboarding import errors
from onboarding.pki.chain import Chain
from onboarding.pki.trust import Trust
from signing import fitness
from signing.identities import file, looks
from signing.identities.pkcs11 import url as pkcs11_url

try:
    from signing.identities.pkcs11 import identity as token
except ModuleNotFoundError as error:
    # Of the extra `production`: who signs with a file needs no package for tokens.
    if error.name != "pkcs11":
        raise
    token = None  # type: ignore[assignment]  # the one place where it is asked for

logger = logging.getLogger(__name__)

_SUPPORTED = (
    "Supported are file:///path/to/identity.pem, file:///path/to/identity.p12 and"
    " pkcs11:token=…;object=…?module-path=/path/of/the/module.so."
)


class SigningIdentity(Protocol):
    @property
    def chain(self) -> Chain: ...

    def sign(self, data: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256 over `data`, by the key of `chain.leaf`."""


def load(url: str, *, passphrase: str | None, trust: Trust, now: datetime) -> SigningIdentity:
    """The identity that `url` names, fit to sign now. Raises InvalidIdentity.

    A file takes about 50 ms, as its key is checked in full: once per process, after the fork.
    """
    if sentence := exposure(url):
        logger.warning("%s", sentence)
    identity = unjudged(url, passphrase=passphrase, trust=trust)
    fitness.check(identity.chain, sign=identity.sign, trust=trust, now=now)
    return identity


def unjudged(url: str, *, passphrase: str | None, trust: Trust) -> SigningIdentity:
    """The identity that `url` names, expired or not. Raises InvalidIdentity.

    `passphrase` opens its file, or is the PIN of its token.
    """
    if not pkcs11_url.is_pkcs11(url):
        return file.load(path_of(url), passphrase=passphrase, trust=trust)
    place = pkcs11_url.parse(url)
    demand_pkcs11()
    return token.load(place, passphrase=passphrase, trust=trust)


def private_key_in_token(url: str, *, pin: str | None) -> RSAPrivateKey:
    """The key alone, whose certificate is still to come. Raises InvalidIdentity."""
    place = pkcs11_url.parse(url)
    demand_pkcs11()
    return token.private_key(place, pin=pin)


def can_leave(identity: SigningIdentity) -> bool | None:
    """Whether its token lets the key be taken out, or does not say; None for a file's key."""
    if token is None or not isinstance(identity, token.TokenIdentity):
        return None
    return identity.key.can_leave


def exposure(url: str) -> str | None:
    """A sentence when others than their owner may read the secrets that `url` names."""
    if pkcs11_url.is_pkcs11(url):
        return pkcs11_url.exposure(pkcs11_url.parse(url))
    return file.exposure(path_of(url))


def stamp(url: str) -> str:
    """How the files that `url` names look now: with another stamp, it has to be loaded anew."""
    if pkcs11_url.is_pkcs11(url):
        return pkcs11_url.stamp(pkcs11_url.parse(url))
    return looks.stamp(path_of(url))


def path_of(url: str) -> Path:
    """The file that a file: URL names. No refusal repeats the URL: others than file: carry PINs."""
    scheme, colon, _ = url.partition(":")
    if not colon:
        raise errors.InvalidIdentity(f"SIGNING_IDENTITY must be a URL. {_SUPPORTED}")
    if scheme.lower() == "pkcs11":
        raise errors.InvalidIdentity("A file is needed here, and this is the URL of a token.")
    if scheme.lower() != "file":
        raise errors.InvalidIdentity(
            f"SIGNING_IDENTITY begins with {scheme[:20]}:, which is not supported. {_SUPPORTED}"
        )
    parts = urlsplit(url)
    if parts.netloc not in {"", "localhost"} or not parts.path.startswith("/"):
        raise errors.InvalidIdentity(
            f"SIGNING_IDENTITY must name an absolute path, with three slashes. {_SUPPORTED}"
        )
    return Path(unquote(parts.path))


def demand_pkcs11() -> None:
    if token is None:
        raise errors.InvalidIdentity(
            "SIGNING_IDENTITY names a PKCS#11 token, and the package python-pkcs11 is not"
            " installed. Install it: pip install --require-hashes -r deploy/requirements.txt"
        )
