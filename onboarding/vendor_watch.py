"""Which vendor certificates' ends staff have to know of: pure over (vendor certificates, now)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Self

from onboarding import errors
from onboarding.models import VendorCertificate
from onboarding.pki import certificates
from onboarding.pki.chain import Chain

# Days before the end at which staff are told anew; 0: it has ended.
THRESHOLDS = (60, 30, 14, 7, 1, 0)
# Enough of a fingerprint to tell a vendor's few certificates apart, and short enough to read.
_DIGITS = 16
# Of a signer that holds both, each is in use at its time; only the other way round it went back.
_WENT_BACK_AFTER = timedelta(minutes=10)
_RENEW = (
    "Renew the MDM vendor certificate in Apple's developer account, make an identity of Apple's"
    " answer on the signer's machine (`manage.py vendor_identity import`), and name it in"
    " SIGNING_IDENTITY."
)


@dataclass(frozen=True, slots=True)
class End:
    """When Apple stops to take what is signed: at the first end in the chain.

    `name` is that of the certificate that ends first, `is_own` if it is the vendor's itself.
    """

    at: datetime
    name: str
    is_own: bool

    @classmethod
    def of(cls, certificate: VendorCertificate) -> Self:
        own = cls(certificate.not_after, certificate.subject, is_own=True)
        try:
            chain = Chain.of_pem(certificate.chain).certificates
        except errors.InvalidChain:
            # Written by other hands than the signer's; the row's own end still holds.
            return own
        first = min(chain, key=lambda one: one.not_valid_after_utc)
        if first.not_valid_after_utc >= own.at:
            return own
        return cls(first.not_valid_after_utc, certificates.title(first.subject), is_own=False)


@dataclass(frozen=True, slots=True)
class Ending:
    """A vendor certificate that is near its end or past it; `threshold` is one of THRESHOLDS."""

    certificate: VendorCertificate
    end: End
    threshold: int

    @property
    def about(self) -> str:
        """The matter, another for each threshold, so that each is told once."""
        reached = f"within {_days(self.threshold)}" if self.threshold else "ended"
        return f"{matter(self.certificate)}, {reached}"

    def sentence(self, *, waiting: int, now: datetime) -> str:
        """What was found and what to do. `waiting` CSRs are approved and not signed."""
        at = f"{self.end.at.day} {self.end.at:%B %Y, %H:%M} UTC"
        if not self.threshold:
            found = f"ended on {at}. Nothing can be signed under it. {_wait(waiting)}"
        else:
            left = ceil((self.end.at - now) / timedelta(days=1))
            found = (
                f"ends on {at}, within {_days(left)}. After that nothing can be signed under it,"
                " and Apple refuses what it signed before."
            )
        return f"{self._which} {found} {_RENEW}"

    @property
    def _which(self) -> str:
        serial = f"serial number {self.certificate.serial}"
        if self.end.is_own:
            return f"The vendor certificate “{self.end.name}” ({serial})"
        return f"“{self.end.name}”, in the chain of the vendor certificate ({serial}),"


def endings(found: Iterable[VendorCertificate], *, now: datetime) -> list[Ending]:
    """Those of which staff have to know now, each with the threshold that it has reached.

    A certificate is succeeded, and told of no more, once one that ends later is valid already;
    unless a signer went back to it from that one, or never got that one.
    """
    ends = [(one, End.of(one)) for one in found]
    valid = [(one, end) for one, end in ends if one.not_before <= now]
    return [
        Ending(one, end, threshold)
        for one, end in ends
        if (threshold := reached(end.at, now=now)) is not None
        and not any(
            _rank(other, its) > _rank(one, end) and one.used_at <= other.used_at + _WENT_BACK_AFTER
            for other, its in valid
        )
    ]


def matter(certificate: VendorCertificate) -> str:
    """How `about` begins in every alarm on this certificate."""
    return certificate.fingerprint_sha256[:_DIGITS]


def reached(end: datetime, *, now: datetime) -> int | None:
    """The smallest threshold that is reached; None while the end is far."""
    left = end - now
    return min((days for days in THRESHOLDS if left <= timedelta(days=days)), default=None)


def _rank(certificate: VendorCertificate, end: End) -> tuple[datetime, datetime, datetime, str]:
    """Greater is newer: two under one intermediate may end with it, at the same moment."""
    return end.at, certificate.not_after, certificate.announced_at, str(certificate.pk)


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def _wait(number: int) -> str:
    if not number:
        return "CSRs that are approved from now on wait until a valid identity is there."
    csrs = "1 CSR is" if number == 1 else f"{number} CSRs are"
    return f"CSRs wait: {csrs} approved and will be signed once a valid identity is there."
