"""A private key in a token: opened by each process for itself, and anew when the token was away."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import pkcs11
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from pkcs11 import Mechanism

from onboarding import errors
from signing.identities.pkcs11 import login, modules, objects
from signing.identities.pkcs11.objects import Found
from signing.identities.pkcs11.url import Place

logger = logging.getLogger(__name__)

_T = TypeVar("_T")


class TokenKey:
    """Signs with one session and one handle, for as long as they last."""

    __slots__ = ("_found", "_passphrase", "_place")

    def __init__(self, place: Place, *, passphrase: str | None) -> None:
        """Raises InvalidIdentity."""
        self._place = place
        self._passphrase = passphrase
        self._found = _twice(place.module_path, self._find)

    def __repr__(self) -> str:
        return f"<TokenKey {self._place}>"

    @property
    def public_key(self) -> RSAPublicKey:
        return self._found.public_key

    @property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """Those beside the key in the token, in no order."""
        return self._found.certificates

    @property
    def can_leave(self) -> bool:
        """True when the token lets the key be taken out of it, or does not say."""
        return self._found.can_leave

    def sign(self, data: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256, made in the token. Raises InvalidIdentity."""
        return _twice(self._place.module_path, partial(self._signed, data))

    def _signed(self, data: bytes) -> bytes:
        if not self._found.module.is_current:
            self._found = self._found_again()
        handle = self._found.handle
        if self._found.asks_each_time:
            return self._signed_with_pin(handle, data)
        return handle.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS)

    def _signed_with_pin(self, handle: pkcs11.SignMixin, data: bytes) -> bytes:
        token = handle.session.token
        pin = login.pin(self._place, passphrase=self._passphrase) or ""
        login.demand_worth_trying(token, pin)
        try:
            return handle.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS, pin=pin)
        except login.REFUSED as error:
            raise login.refuse(token, pin, error) from error

    def _find(self) -> Found:
        try:
            current, session = login.session(self._place, passphrase=self._passphrase)
            return objects.find(current, session, self._place)
        except errors.InvalidIdentity:
            # Many modules see a token that comes back only when they are initialised anew.
            modules.close_stale(self._place.module_path)
            raise

    def _found_again(self) -> Found:
        found = self._find()
        if found.public_key != self._found.public_key:
            raise errors.InvalidIdentity(
                f"The key in the token ({self._place}) is another one than before. The identity"
                " has to be loaded anew, with the certificate of that key."
            )
        return found


def _twice(module_path: Path, do: Callable[[], _T]) -> _T:
    """What `do` returns. When the token was away, it is done once more on an open from scratch."""
    try:
        return do()
    except pkcs11.PKCS11Error as error:
        logger.warning("The token is opened anew, as it answered: %s", modules.named(error))
        modules.close(module_path)
    try:
        return do()
    except pkcs11.PKCS11Error as error:
        modules.close(module_path)
        raise errors.InvalidIdentity(
            f"The token does not do its work: {modules.named(error)}. Is it connected, and is its"
            f" software running? The module is {module_path}."
        ) from error
