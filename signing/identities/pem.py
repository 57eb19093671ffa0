"""A signing identity as PEM text: a private key, plain or encrypted, and certificates."""

import re

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from onboarding import errors
from onboarding.pki import certificates
from signing.identities import contents
from signing.identities.contents import Contents

_KEY = re.compile(
    rb"-----BEGIN ((?:[A-Z0-9]{1,20} ){0,3})PRIVATE KEY-----.*?-----END \1PRIVATE KEY-----",
    re.DOTALL,
)
_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"
_ENCRYPTED = re.compile(rb"BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: *4,ENCRYPTED")


def is_pem(data: bytes) -> bool:
    return b"-----BEGIN " in data


def is_encrypted(data: bytes) -> bool:
    return _ENCRYPTED.search(data) is not None


def has_key(data: bytes) -> bool:
    return _KEY.search(data) is not None


def read(data: bytes, *, passphrase: str | None) -> Contents:
    """Key and certificates of a PEM file. Raises InvalidIdentity."""
    vendor_key = read_key(data, passphrase=passphrase)
    try:
        found = certificates.read(data) if _CERTIFICATE in data else ()
    except errors.InvalidChain as error:
        raise errors.InvalidIdentity(str(error)) from error
    return Contents(vendor_key, found)


def read_key(data: bytes, *, passphrase: str | None) -> RSAPrivateKey:
    """The one private key in PEM text. Raises InvalidIdentity, whose sentence holds none of it."""
    blocks = [match[0] for match in _KEY.finditer(data)]
    if len(blocks) != 1:
        raise errors.InvalidIdentity(
            f"The file holds {len(blocks) or 'no'} private keys; it must hold exactly one."
        )
    if is_encrypted(blocks[0]) and not passphrase:
        raise errors.InvalidIdentity(
            "The private key is encrypted and no passphrase is given. Set"
            " SIGNING_IDENTITY_PASSPHRASE, or SIGNING_IDENTITY_PASSPHRASE_FILE."
        )
    secret = passphrase.encode() if passphrase and is_encrypted(blocks[0]) else None
    try:
        key = load_pem_private_key(blocks[0], secret)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise errors.InvalidIdentity(
            "The passphrase does not open the private key, or the key is damaged."
            if secret
            else "The private key is damaged. Take it from your backup."
        ) from error
    return contents.rsa(key)
