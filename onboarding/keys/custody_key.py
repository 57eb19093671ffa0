"""The custody key's private half: it opens what `onboarding.seal` sealed."""

import base64
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from onboarding import errors, seal


def new_custody_key_pair() -> tuple[str, str]:
    """A new custody key: private and public half, each as base64 of 32 bytes."""
    private_key = X25519PrivateKey.generate()
    return (
        base64.b64encode(private_key.private_bytes_raw()).decode(),
        base64.b64encode(private_key.public_key().public_bytes_raw()).decode(),
    )


def custody_public_half(custody_private_key: str) -> str:
    """The public key that belongs to this custody key, as base64 of 32 bytes."""
    public_key = _private_key(custody_private_key).public_key()
    return base64.b64encode(public_key.public_bytes_raw()).decode()


def unseal_passphrase(sealed: bytes, *, export_id: UUID, custody_private_key: str) -> str:
    """The passphrase that `seal.passphrase` sealed for this export. Raises InvalidSeal."""
    info = seal.info_of_export(export_id)
    return unseal(sealed, info=info, custody_private_key=custody_private_key).decode()


def unseal(sealed: bytes, *, info: bytes, custody_private_key: str) -> bytes:
    """What was sealed to this custody key under this `info`. Raises InvalidSeal."""
    private_key = _private_key(custody_private_key)
    try:
        return seal.SUITE.decrypt(sealed, private_key, info=info)
    except (InvalidTag, ValueError) as error:
        raise errors.InvalidSeal(
            "The seal does not open: it was made for another CSR or export, or to another"
            " custody key."
        ) from error


def _private_key(custody_private_key: str) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(seal.raw(custody_private_key, "CUSTODY_PRIVATE_KEY"))
