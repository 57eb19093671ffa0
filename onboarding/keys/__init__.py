"""Push keys, the custody keys that open them, the audit key: here alone, in the worker."""

from onboarding.keys.audit_key import (
    audit_public_half,
    new_audit_key_pair,
    sign_with_audit_key,
)
from onboarding.keys.bundle import pem, pkcs12
from onboarding.keys.custody_key import (
    custody_public_half,
    new_custody_key_pair,
    unseal_passphrase,
)
from onboarding.keys.push_key import (
    PushKey,
    build_csr,
    new_push_key,
    public_key_sha256,
    seal,
    unseal,
)

__all__ = [
    "PushKey",
    "audit_public_half",
    "build_csr",
    "custody_public_half",
    "new_audit_key_pair",
    "new_custody_key_pair",
    "new_push_key",
    "pem",
    "pkcs12",
    "public_key_sha256",
    "seal",
    "sign_with_audit_key",
    "unseal",
    "unseal_passphrase",
]
