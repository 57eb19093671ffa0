"""The signing identity: the vendor certificate's chain, and a way to use its key."""

from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from onboarding import errors
from onboarding.pki.chain import Chain
from onboarding.pki.trust import Trust
from signing import fitness
from signing.identities import file

_SUPPORTED = "Supported are file:///path/to/identity.pem and file:///path/to/identity.p12."


class SigningIdentity(Protocol):
    @property
    def chain(self) -> Chain: ...

    def sign(self, data: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256 over `data`, by the key of `chain.leaf`."""


def load(url: str, *, passphrase: str | None, trust: Trust, now: datetime) -> SigningIdentity:
    """The identity that `url` names, fit to sign now. Raises InvalidIdentity.

    It takes about 50 ms, as the key is checked in full: once per process, after the fork.
    """
    identity = file.load(path_of(url), passphrase=passphrase, trust=trust)
    fitness.check(identity.chain, sign=identity.sign, trust=trust, now=now)
    return identity


def path_of(url: str) -> Path:
    """The file that a file: URL names. No refusal repeats the URL: others than file: carry PINs."""
    scheme, colon, _ = url.partition(":")
    if not colon:
        raise errors.InvalidIdentity(f"SIGNING_IDENTITY must be a URL. {_SUPPORTED}")
    if scheme.lower() == "pkcs11":
        raise errors.InvalidIdentity(f"PKCS#11 tokens are not supported. {_SUPPORTED}")
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
