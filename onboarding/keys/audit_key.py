"""The audit key's private half: it signs the heads of the audit trail, and nothing else."""

import base64
import binascii

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from onboarding import errors


def new_audit_key_pair() -> tuple[str, str]:
    """A new audit key: private and public half, each as base64 of 32 bytes."""
    private_key = Ed25519PrivateKey.generate()
    return (
        base64.b64encode(private_key.private_bytes_raw()).decode(),
        base64.b64encode(private_key.public_key().public_bytes_raw()).decode(),
    )


def audit_public_half(audit_key: str) -> str:
    """The public key that belongs to this audit key, as base64. Raises InvalidAuditKey."""
    return base64.b64encode(_private_key(audit_key).public_key().public_bytes_raw()).decode()


def sign_with_audit_key(content: bytes, audit_key: str) -> bytes:
    """An Ed25519 signature of 64 bytes. Raises InvalidAuditKey."""
    return _private_key(audit_key).sign(content)


def _private_key(audit_key: str) -> Ed25519PrivateKey:
    try:
        half = base64.b64decode(audit_key, validate=True)
    except (binascii.Error, ValueError):
        half = b""
    if len(half) != 32:
        # No `from`: the traceback must not show the key.
        raise errors.InvalidAuditKey("AUDIT_KEY must be base64 of 32 bytes.") from None
    return Ed25519PrivateKey.from_private_bytes(half)
