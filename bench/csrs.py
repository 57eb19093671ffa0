"""Real CSRs by the thousand: each with a key of its own, at a thousandth of the usual price.

Making an RSA key is finding two primes. Some hundred primes give tens of thousands of pairs, and so
of keys that nobody should use, and that every parser and verifier takes for what they are.
"""

import hashlib
import multiprocessing
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice
from math import isqrt

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

E = 65537
_NAME = x509.Name(
    [
        x509.NameAttribute(NameOID.COMMON_NAME, "Acme push"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Acme"),
        x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
    ]
)


@dataclass(frozen=True, slots=True)
class Made:
    der: bytes
    public_key_sha256: str


def make(count: int) -> list[Made]:
    """So many CSRs, each for another key, in about a millisecond of one core each."""
    # n primes have n (n - 1) / 2 pairs.
    needed = isqrt(2 * count) + 2
    with multiprocessing.get_context("spawn").Pool() as pool:
        primes = {p for pair in pool.imap_unordered(_pair, range((needed + 1) // 2)) for p in pair}
        pairs = islice(combinations(sorted(primes), 2), count)
        return pool.map(_csr, pairs, chunksize=200)


def _pair(_: int) -> tuple[int, int]:
    numbers = rsa.generate_private_key(public_exponent=E, key_size=2048).private_numbers()
    return numbers.p, numbers.q


def _csr(primes: tuple[int, int]) -> Made:
    key = _key(*primes)
    csr = x509.CertificateSigningRequestBuilder().subject_name(_NAME).sign(key, hashes.SHA256())
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Made(csr.public_bytes(Encoding.DER), hashlib.sha256(spki).hexdigest())


def _key(p: int, q: int) -> rsa.RSAPrivateKey:
    d = pow(E, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(E, p * q)
    crt = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    numbers = rsa.RSAPrivateNumbers(p, q, d, *crt, public)
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


def batches(made: list[Made], size: int) -> Iterator[list[Made]]:
    for at in range(0, len(made), size):
        yield made[at : at + size]
