"""Sealing to the custody key, with its public half alone: every process may seal, none opens here.

HPKE (RFC 9180: DHKEM X25519, HKDF-SHA256, AES-256-GCM). `info` names the row that the content
belongs to: moved to another row it does not open.
"""

import base64
import binascii
from hashlib import sha256
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from django.views.decorators.debug import sensitive_variables

from onboarding import errors

SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def info_of_csr(csr_id: UUID) -> bytes:
    return b"pushportal push key of CSR " + str(csr_id).encode()


def info_of_export(export_id: UUID) -> bytes:
    return b"pushportal passphrase of export " + str(export_id).encode()


@sensitive_variables("content")
def seal(content: bytes, *, info: bytes, custody_public_key: str) -> bytes:
    public_key = X25519PublicKey.from_public_bytes(raw(custody_public_key, "CUSTODY_PUBLIC_KEY"))
    return SUITE.encrypt(content, public_key, info=info)


@sensitive_variables("passphrase")
def passphrase(passphrase: str, *, export_id: UUID, custody_public_key: str) -> bytes:
    """The passphrase of one export, for the worker's eyes only."""
    return seal(
        passphrase.encode(),
        info=info_of_export(export_id),
        custody_public_key=custody_public_key,
    )


def fingerprint(custody_public_key: str) -> str:
    """How a custody key is named: SHA-256 of the 32 bytes of its public half, as hex."""
    return sha256(raw(custody_public_key, "CUSTODY_PUBLIC_KEY")).hexdigest()


@sensitive_variables("encoded")
def raw(encoded: str, setting: str) -> bytes:
    """The 32 bytes of one half, which `setting` holds as base64. Raises InvalidSeal."""
    try:
        half = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        half = b""
    if len(half) != 32:
        # No `from`: the traceback of a private key's setting must not show its value.
        raise errors.InvalidSeal(f"{setting} must be base64 of 32 bytes.") from None
    return half
