"""Which public keys may ask for a push certificate: RSA-2048, e = 65537, not known to be weak."""

from badkeys import checkrsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from onboarding import errors
from onboarding.errors import gettext_noop

KEY_BITS = 2048
EXPONENT = 65537

_MAKE_NEW = gettext_noop("Make a new key, on a system that is up to date, and a CSR with it.")
# badkeys' name of each weakness. Its lists of leaked keys are left out: they are a download.
_WEAKNESSES = {
    "smallfactors": gettext_noop("The RSA key is broken: its modulus has a small prime factor."),
    "fermat": gettext_noop(
        "The RSA key is weak: its two primes are close together, so anyone can compute the "
        "private key (Fermat's factorisation)."
    ),
    "roca": gettext_noop(
        "The RSA key is weak: it was made by a chip or library with the ROCA flaw "
        "(CVE-2017-15361), so others can compute the private key."
    ),
    "sharedprimes": gettext_noop(
        "The RSA key is weak: one of its primes is also in other people's keys."
    ),
    "rsapoly": gettext_noop(
        "The RSA key is weak: its modulus has a pattern from a broken random generator."
    ),
}


def check(public_key: CertificatePublicKeyTypes) -> RSAPublicKey:
    """The key, known to be RSA and fit. Raises UnfitKey.

    After CA/Browser Forum Baseline Requirements 6.1.1.3. Apple is known to take RSA-2048;
    of other kinds and sizes nothing is known, so they are refused.
    """
    rsa_key = check_form(public_key)
    # Results carry the factors, that is the private key: only their names are looked at.
    found_weak = checkrsa(rsa_key.public_numbers().n, e=EXPONENT, checks=list(_WEAKNESSES))
    for weakness, sentence in _WEAKNESSES.items():
        if weakness in found_weak:
            raise _unfit(sentence)
    return rsa_key


def check_form(public_key: CertificatePublicKeyTypes) -> RSAPublicKey:
    """The key, known to be RSA of the size and exponent that Apple takes. Raises UnfitKey."""
    if not isinstance(public_key, RSAPublicKey):
        raise errors.UnfitKey(
            gettext_noop(
                "The key of this CSR is not RSA but %(kind)s. Apple is known to take "
                "RSA keys only. Make a new CSR with an RSA key of 2048 bits."
            ),
            kind=_kind(public_key),
        )
    if public_key.key_size != KEY_BITS:
        raise errors.UnfitKey(
            gettext_noop(
                "The RSA key has %(found)s bits; Apple needs %(needed)s. "
                "Make a new CSR with a %(needed)s-bit key."
            ),
            found=public_key.key_size,
            needed=KEY_BITS,
        )
    exponent = public_key.public_numbers().e
    if exponent != EXPONENT:
        # No figures in the sentence: a hostile exponent has as many digits as it likes.
        if exponent >= 2**32:
            raise _unfit(
                gettext_noop("The public exponent of the RSA key is very large; it must be 65537.")
            )
        raise errors.UnfitKey(
            gettext_noop(
                "The public exponent of the RSA key is %(found)s; it must be %(needed)s. %(advice)s"
            ),
            found=exponent,
            needed=EXPONENT,
            advice=errors.Text(_MAKE_NEW),
        )
    return public_key


def _unfit(sentence: str) -> errors.UnfitKey:
    return errors.UnfitKey(
        "%(found)s %(advice)s", found=errors.Text(sentence), advice=errors.Text(_MAKE_NEW)
    )


def _kind(public_key: CertificatePublicKeyTypes) -> str:
    return type(public_key).__name__.removesuffix("PublicKey")
