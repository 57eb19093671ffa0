"""A signing identity in a file: PEM or PKCS#12, told by the bytes and not by the name."""

from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from onboarding import errors
from onboarding.pki import kinds
from onboarding.pki.chain import Chain
from onboarding.pki.trust import Trust
from signing.identities import looks, pem, pkcs12
from signing.identities.contents import Contents


@dataclass(frozen=True, slots=True)
class FileIdentity:
    chain: Chain
    _vendor_key: RSAPrivateKey = field(repr=False)

    def sign(self, data: bytes) -> bytes:
        return self._vendor_key.sign(data, PKCS1v15(), SHA256())


def load(path: Path, *, passphrase: str | None, trust: Trust) -> FileIdentity:
    """The identity in the file, its chain completed from `trust`. Raises InvalidIdentity."""
    contents = parse(read(path), passphrase=passphrase)
    return FileIdentity(contents.chain(trust=trust), contents.vendor_key)


def read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise errors.InvalidIdentity(
            f"The signing identity {path} cannot be read: {error.strerror}."
        ) from error
    if len(data) > kinds.UPLOAD_LIMIT:
        raise errors.InvalidIdentity(f"{path} is too large to be a signing identity.")
    return data


def parse(data: bytes, *, passphrase: str | None) -> Contents:
    """Key and certificates. Raises InvalidIdentity, with a sentence for what it is instead."""
    if pem.is_pem(data):
        return pem.read(data, passphrase=passphrase)
    if kinds.recognise(data) is kinds.Kind.PKCS12:
        return pkcs12.read(data, passphrase=passphrase)
    raise errors.InvalidIdentity(
        "The file is neither PEM nor PKCS#12 (.p12, .pfx), so it is no signing identity. Make one"
        " with `manage.py vendor_identity import`."
    )


def is_encrypted(data: bytes) -> bool:
    if pem.is_pem(data):
        return pem.is_encrypted(data)
    return kinds.recognise(data) is kinds.Kind.PKCS12 and pkcs12.is_encrypted(data)


def exposure(path: Path) -> str | None:
    """A sentence when others than the owner may read the file."""
    return looks.exposure(path, what="vendor key")
