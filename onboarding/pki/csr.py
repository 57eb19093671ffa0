"""CSRs (PKCS#10, RFC 2986): read from PEM or DER, and verified to be what Apple takes."""

from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import SignatureAlgorithmOID

from onboarding import errors
from onboarding.errors import gettext_noop
from onboarding.pki import certificates, key_policy, kinds
from onboarding.pki.names import TITLES, Subject, further

_RSA_SHA_2 = frozenset(
    {
        SignatureAlgorithmOID.RSA_WITH_SHA256,
        SignatureAlgorithmOID.RSA_WITH_SHA384,
        SignatureAlgorithmOID.RSA_WITH_SHA512,
    }
)


@dataclass(frozen=True, slots=True)
class CSR:
    """`public_key_sha256` is of the key's DER, as hex; `signature_hash` reads "SHA-256"."""

    der: bytes = field(repr=False)
    subject: Subject
    # What else the subject holds.
    further: tuple[str, ...]
    public_key_sha256: str
    key_bits: int
    signature_hash: str
    public_key: CertificatePublicKeyTypes = field(compare=False, repr=False)


# RFC 5280, appendix A.1: ub-common-name and its like.
_LONGEST = {
    "common_name": 64,
    "organization": 64,
    "organizational_unit": 64,
    "country": 2,
    "email": 255,
}


def parse(data: bytes) -> CSR:
    """What the CSR says; nothing of it is checked. `data` is an upload, PEM or DER.

    Raises InvalidUpload when it is something else, InvalidCSR when it cannot be read.
    """
    der = kinds.csr_der(data)
    parsed = _load_whole(der)
    key = _public_key(parsed)
    return CSR(
        der=der,
        subject=Subject.of(parsed.subject),
        further=further(parsed.subject),
        public_key_sha256=certificates.key_fingerprint(key),
        key_bits=getattr(key, "key_size", 0),
        signature_hash=_signature_hash(parsed),
        public_key=key,
    )


def verify(data: bytes) -> CSR:
    """The CSR if Apple would take it: fit key, SHA-2, signed with its own key.

    Raises InvalidUpload, InvalidCSR or UnfitKey with a sentence the customer may read.
    """
    csr = parse(data)
    # The key first: checking a signature with a hostile one costs whatever it likes.
    key_policy.check(csr.public_key)
    _demand_bounds(csr.subject)
    _demand_own_signature(_load(csr.der))
    return csr


def reverify(der: bytes) -> RSAPublicKey:
    """The key of a CSR that was verified before: form, key and signature are checked anew.

    Left out is the search for weak primes: it takes longer than a signature, and the key is the
    one that was searched. Raises InvalidCSR or UnfitKey.
    """
    parsed = _load(der)
    public_key = key_policy.check_form(_public_key(parsed))
    _demand_own_signature(parsed)
    return public_key


def _demand_own_signature(parsed: x509.CertificateSigningRequest) -> None:
    if parsed.signature_algorithm_oid not in _RSA_SHA_2:
        raise errors.InvalidCSR(
            gettext_noop(
                "The CSR is signed with %(algorithm)s; Apple needs SHA-256 with RSA (PKCS#1). "
                "Make the CSR again with SHA-256."
            ),
            algorithm=_algorithm(parsed),
        )
    if not _is_signed_by_its_key(parsed):
        raise errors.InvalidCSR(
            gettext_noop(
                "The CSR's own signature is broken: it was changed after it was made, or made with "
                "another key. Make the CSR again and upload it as it is."
            )
        )


def _demand_bounds(subject: Subject) -> None:
    """X.520 bounds the length of each attribute; more is no name, and fits into no record."""
    for attribute, limit in _LONGEST.items():
        length = len(getattr(subject, attribute))
        if length > limit:
            raise errors.InvalidCSR(
                gettext_noop(
                    "In the CSR's subject, %(name)s has %(length)s characters; at most %(limit)s"
                    " are allowed. Make the CSR again with a shorter one."
                ),
                name=errors.Text(TITLES[attribute]),
                length=length,
                limit=limit,
            )


def _load(der: bytes) -> x509.CertificateSigningRequest:
    try:
        return x509.load_der_x509_csr(der)
    except certificates.MALFORMED as error:
        raise _unreadable() from error


def _load_whole(der: bytes) -> x509.CertificateSigningRequest:
    parsed = _load(der)
    try:
        # cryptography parses the name when it is asked for: ask now.
        _ = parsed.subject, parsed.signature_algorithm_oid
    except certificates.MALFORMED as error:
        raise _unreadable() from error
    return parsed


def _unreadable() -> errors.InvalidCSR:
    return errors.InvalidCSR(
        gettext_noop("The CSR cannot be read: it is malformed. Let your MDM server make it again.")
    )


def _public_key(parsed: x509.CertificateSigningRequest) -> CertificatePublicKeyTypes:
    try:
        return parsed.public_key()
    except certificates.MALFORMED as error:
        raise errors.UnfitKey(
            gettext_noop(
                "The key of this CSR is of a kind that is not known here, or malformed. "
                "Make a new CSR with an RSA key of 2048 bits."
            )
        ) from error


def _is_signed_by_its_key(parsed: x509.CertificateSigningRequest) -> bool:
    try:
        return parsed.is_signature_valid
    except certificates.MALFORMED:
        return False


def _algorithm(parsed: x509.CertificateSigningRequest) -> object:
    if parsed.signature_algorithm_oid == SignatureAlgorithmOID.RSASSA_PSS:
        return "RSA-PSS"
    return _signature_hash(parsed) or errors.Text(gettext_noop("an unknown algorithm"))


def _signature_hash(parsed: x509.CertificateSigningRequest) -> str:
    try:
        algorithm = parsed.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return ""
    return algorithm.name.upper().replace("SHA", "SHA-", 1) if algorithm else ""
