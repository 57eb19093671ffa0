"""Push keys and the custody keys that open them: here alone, in the worker."""

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
    "build_csr",
    "custody_public_half",
    "new_custody_key_pair",
    "new_push_key",
    "pem",
    "pkcs12",
    "public_key_sha256",
    "seal",
    "unseal",
    "unseal_passphrase",
]
