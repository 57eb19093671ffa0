"""What a signing identity is made of: a private key, and certificates in any order."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from onboarding import errors
from onboarding.pki import certificates
from onboarding.pki import chain as chains
from onboarding.pki.chain import Chain
from onboarding.pki.trust import Trust

NOT_RSA = (
    "The private key is not RSA, and Apple takes RSA signatures only. Make the vendor key with"
    " `manage.py vendor_identity request`."
)


@dataclass(frozen=True, slots=True)
class Contents:
    """Of a file."""

    vendor_key: RSAPrivateKey = field(repr=False)
    certificates: tuple[x509.Certificate, ...]

    def chain(self, *, trust: Trust) -> Chain:
        """From the key's certificate to the trusted root. Raises InvalidIdentity."""
        if not self.certificates:
            raise errors.InvalidIdentity(
                "The file holds a private key but no certificate. Join the key and Apple's"
                " certificate with `manage.py vendor_identity import`."
            )
        return chain(self.vendor_key.public_key(), self.certificates, trust=trust)


def chain(public_key: RSAPublicKey, found: Sequence[x509.Certificate], *, trust: Trust) -> Chain:
    """From the key's certificate to the trusted root; what `found` lacks comes from `trust`."""
    # Roots come from the trust alone: another one beside the key could only lead astray.
    extra = [one for one in found if not certificates.is_self_issued(one)]
    try:
        return chains.build(_leaf(public_key, found), trust=trust, extra=extra)
    except errors.InvalidChain as error:
        raise errors.InvalidIdentity(
            f"The chain of the signing identity cannot be completed. {error}"
        ) from error


def _leaf(public_key: RSAPublicKey, found: Sequence[x509.Certificate]) -> x509.Certificate:
    """The certificate of the key; of several, the one that lasts longest."""
    own = certificates.key_fingerprint(public_key)
    matching = [one for one in found if _key_fingerprint(one) == own]
    if not matching:
        held = ", ".join(certificates.title(one.subject) for one in found)
        raise errors.InvalidIdentity(
            f"The private key belongs to none of the certificates beside it ({held}). Use the"
            " key with which the CSR for this certificate was made."
        )
    return max(matching, key=lambda one: one.not_valid_after_utc)


def rsa(key: PrivateKeyTypes) -> RSAPrivateKey:
    if not isinstance(key, RSAPrivateKey):
        raise errors.InvalidIdentity(NOT_RSA)
    return key


def _key_fingerprint(certificate: x509.Certificate) -> str | None:
    public_key = certificates.public_key(certificate)
    return certificates.key_fingerprint(public_key) if public_key else None
