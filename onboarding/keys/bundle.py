"""A push key with its certificate as one file, encrypted under a passphrase, to take away.

Each is opened again before it is handed on: a file that its owner could not open is worse than
none, for it is offered only once.
"""

from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12 as p12

from onboarding import errors
from onboarding.pki import certificates


def pkcs12(
    push_key: rsa.RSAPrivateKey,
    certificate: x509.Certificate,
    *,
    intermediates: Sequence[x509.Certificate],
    passphrase: str,
    name: str,
) -> bytes:
    """PKCS#12 (RFC 7292), AES-256 under PBES2, with `name` as its friendly name."""
    encryption = serialization.BestAvailableEncryption(passphrase.encode())
    made = p12.serialize_key_and_certificates(
        name.encode(), push_key, certificate, [*intermediates] or None, encryption
    )
    opened = p12.load_pkcs12(made, passphrase.encode())
    held = [opened.cert, *opened.additional_certs]
    _demand_same(push_key, opened.key)
    if [one and one.certificate for one in held] != [certificate, *intermediates]:
        raise errors.InvalidBundle("The PKCS#12 file does not hold the certificates put into it.")
    return made


def pem(
    push_key: rsa.RSAPrivateKey,
    certificate: x509.Certificate,
    *,
    intermediates: Sequence[x509.Certificate],
    passphrase: str,
) -> bytes:
    """The key as encrypted PKCS#8 (RFC 5958), then the certificate, then what issued it."""
    encryption = serialization.BestAvailableEncryption(passphrase.encode())
    key = push_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )
    chain = [certificate, *intermediates]
    made = b"".join([key, *(one.public_bytes(serialization.Encoding.PEM) for one in chain)])
    _demand_same(push_key, serialization.load_pem_private_key(made, passphrase.encode()))
    if certificates.read(made) != tuple(chain):
        raise errors.InvalidBundle("The PEM file does not hold the certificates put into it.")
    return made


def _demand_same(push_key: rsa.RSAPrivateKey, opened: object) -> None:
    same = isinstance(opened, rsa.RSAPrivateKey) and (
        opened.private_numbers() == push_key.private_numbers()
    )
    if not same:
        raise errors.InvalidBundle("The file does not hold the push key that was put into it.")
