"""Secrets that the web process needs again: sealed under SECRET_KEY, each purpose with its own key.

A copy of the database alone opens none of them. After a change of SECRET_KEY they open as long as
the old key stands in SECRET_KEY_FALLBACKS; what is written anew is sealed with the new one.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from onboarding import errors


def seal(text: str, *, purpose: str) -> str:
    return _box(purpose).encrypt(text.encode()).decode("ascii")


def unseal(sealed: str, *, purpose: str) -> str:
    """The text again. Raises InvalidSeal under another key or for another purpose."""
    try:
        return _box(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise errors.InvalidSeal(
            errors.gettext_noop(
                "This secret was sealed under another SECRET_KEY, so the portal cannot read it."
            )
        ) from error


def _box(purpose: str) -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(_derived(key, purpose)) for key in keys])


def _derived(key: str, purpose: str) -> bytes:
    info = f"onboarding.at_rest {purpose}".encode()
    derived = HKDF(SHA256(), 32, salt=None, info=info).derive(key.encode())
    return base64.urlsafe_b64encode(derived)
