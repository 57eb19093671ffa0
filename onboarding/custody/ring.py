"""The custody keys that this process holds: one to seal to, all to open with. Worker only."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self, TypeVar

from django.conf import settings

from onboarding import errors, keys, seal
from onboarding.custody import public
from onboarding.models import CSR, Export

_Opened = TypeVar("_Opened")


@dataclass(frozen=True, slots=True)
class Ring:
    """`newest` names the key that is sealed to now; the private halves open what was sealed."""

    public_key: str
    newest: str
    _private_keys: Mapping[str, str] = field(repr=False)

    @classmethod
    def current(cls) -> Self:
        """As set now. Raises InvalidSeal when what is sealed here could not be opened here."""
        # The public half first: a rotation writes it last, so whoever sees a new one finds its
        # private half as well.
        public_key = public.current()
        private_keys = {seal.fingerprint(keys.custody_public_half(one)): one for one in _lines()}
        newest = seal.fingerprint(public_key)
        if newest not in private_keys:
            raise errors.InvalidSeal(
                "CUSTODY_PUBLIC_KEY does not belong to CUSTODY_PRIVATE_KEY. Set a matching pair."
            )
        return cls(public_key, newest, private_keys)

    @property
    def names(self) -> list[str]:
        """The fingerprints of all keys held, newest first as they are set."""
        return list(self._private_keys)

    def push_key(self, csr: CSR, sealed: bytes) -> keys.PushKey:
        """The CSR's own push key. Raises InvalidSeal when it does not open, or is another."""
        opened = _first(
            self._candidates(csr.custody_key),
            lambda one: keys.unseal(sealed, csr_id=csr.pk, custody_private_key=one),
        )
        if keys.public_key_sha256(opened) != csr.public_key_sha256:
            raise errors.InvalidSeal("The sealed push key is another one than that of its CSR.")
        return opened

    def passphrase(self, export: Export) -> str:
        """What the person chose for this export. Raises InvalidSeal."""
        sealed = bytes(export.sealed_passphrase or b"")
        return _first(
            self._candidates(""),
            lambda one: keys.unseal_passphrase(
                sealed, export_id=export.pk, custody_private_key=one
            ),
        )

    def _candidates(self, name: str) -> list[str]:
        """The key of that name; all of them where the name was not recorded."""
        if not name:
            return list(self._private_keys.values())
        if name not in self._private_keys:
            raise errors.InvalidSeal(
                f"It is sealed to custody key {name[:16]}…, which CUSTODY_PRIVATE_KEY does not"
                " hold any more. Put that key back."
            )
        return [self._private_keys[name]]


def unset() -> list[str]:
    """The settings of custody keys that have no value here, in the order of their names."""
    names = ("CUSTODY_PRIVATE_KEY", "CUSTODY_PUBLIC_KEY")
    return [
        name
        for name in names
        if not getattr(settings, name, None) and not getattr(settings, f"{name}_FILE", None)
    ]


def _first(private_keys: list[str], open_with: Callable[[str], _Opened]) -> _Opened:
    """What the first fitting key opens; the last refusal when none does."""
    *others, last = private_keys
    for one in others:
        with suppress(errors.InvalidSeal):
            return open_with(one)
    return open_with(last)


def _lines() -> list[str]:
    """The private keys as set, newest first."""
    file = getattr(settings, "CUSTODY_PRIVATE_KEY_FILE", None)
    found = getattr(settings, "CUSTODY_PRIVATE_KEY", None)
    if file:
        found = public.read(file, "CUSTODY_PRIVATE_KEY")
    if not found:
        raise errors.InvalidSeal("CUSTODY_PRIVATE_KEY is not set here, so no seal can be opened.")
    return str(found).split()
