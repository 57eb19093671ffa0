"""A signing identity as PKCS#12 (.p12, .pfx), as the macOS keychain and OpenSSL export it."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import pkcs12

from onboarding import errors
from signing.identities import contents
from signing.identities.contents import Contents


def is_encrypted(data: bytes) -> bool:
    """True when it does not open without a passphrase, or with an empty one."""
    try:
        _open(data, None)
    except errors.InvalidIdentity:
        return True
    return False


def read(data: bytes, *, passphrase: str | None) -> Contents:
    """Key and certificates of a PKCS#12 file. Raises InvalidIdentity."""
    opened = _open(data, passphrase)
    if opened.key is None:
        raise errors.InvalidIdentity(
            "The PKCS#12 file holds no private key. Export it again, together with its key."
        )
    own = [opened.cert] if opened.cert else []
    found = tuple(one.certificate for one in (*own, *opened.additional_certs))
    return Contents(contents.rsa(opened.key), found)


def _open(data: bytes, passphrase: str | None) -> pkcs12.PKCS12KeyAndCertificates:
    try:
        return pkcs12.load_pkcs12(data, passphrase.encode() if passphrase else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise errors.InvalidIdentity(
            "The passphrase does not open the PKCS#12 file, or the file is damaged."
            if passphrase
            else "The PKCS#12 file needs its passphrase, or is damaged. Set"
            " SIGNING_IDENTITY_PASSPHRASE, or SIGNING_IDENTITY_PASSPHRASE_FILE."
        ) from error
