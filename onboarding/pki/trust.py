"""Whom we trust: the anchors that a chain must end at, and the intermediates known on the way."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from cryptography import x509

from onboarding import errors
from onboarding.pki import apple, certificates


@dataclass(frozen=True, slots=True)
class Trust:
    """Anchors are compared by SHA-256. An intermediate proves itself each time it is used."""

    anchors: tuple[x509.Certificate, ...]
    intermediates: tuple[x509.Certificate, ...] = ()

    @classmethod
    def apple(cls, extra: Iterable[x509.Certificate] = ()) -> Self:
        """Apple's root, the packaged intermediates, and `extra` ones."""
        return cls(apple.ANCHORS, apple.bundled()).extended(extra)

    @classmethod
    def of_pem(cls, pem: str) -> Self:
        """The self-signed certificates of a PEM file as anchors, the others as intermediates."""
        found = certificates.read(pem.encode())
        anchors = tuple(one for one in found if certificates.is_self_issued(one))
        if not anchors:
            raise errors.InvalidChain(
                "The file of trust anchors holds no self-signed root. Put the root first."
            )
        return cls(anchors, tuple(one for one in found if one not in anchors))

    def extended(self, extra: Iterable[x509.Certificate]) -> Self:
        """The same trust with more intermediates; a self-signed one can never become an anchor."""
        fresh = [one for one in extra if one not in self.intermediates and one not in self.anchors]
        return type(self)(self.anchors, (*self.intermediates, *dict.fromkeys(fresh)))

    @property
    def is_apple(self) -> bool:
        return self.anchors == apple.ANCHORS

    def is_anchor(self, certificate: x509.Certificate) -> bool:
        sha256 = certificates.fingerprint(certificate)
        return any(certificates.fingerprint(anchor) == sha256 for anchor in self.anchors)


def verify_intermediate(
    certificate: x509.Certificate, *, trust: Trust, now: datetime
) -> x509.Certificate:
    """The CA certificate if an anchor itself issued it, with SHA-2, and it is valid now.

    Raises InvalidChain with a sentence that names the certificate.
    """
    name = certificates.title(certificate.subject)
    if not certificates.is_ca(certificate) or trust.is_anchor(certificate):
        raise errors.InvalidChain(f"{name} is no intermediate CA certificate; it was not added.")
    if certificates.signature_hash(certificate) not in certificates.SHA_2:
        raise errors.InvalidChain(f"{name} is not signed with SHA-2, which Apple refuses.")
    if not any(certificates.is_signed_by(certificate, anchor) for anchor in trust.anchors):
        raise errors.InvalidChain(
            f"{name} was not issued by {certificates.title(trust.anchors[0].subject)}, "
            "the pinned root; it was not added."
        )
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise errors.InvalidChain(
            f"{name} is valid from {certificate.not_valid_before_utc:%Y-%m-%d} to "
            f"{certificate.not_valid_after_utc:%Y-%m-%d}, not now; it was not added."
        )
    return certificate
