"""Is push working for a customer, until when, and what is to be done now: pure over its rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from onboarding import renewal
from onboarding.models import CSR, PushCertificate
from onboarding.renewal import Due


class Health(StrEnum):
    NONE = "none"
    GOOD = "good"
    # The renewal is offered, and there is time.
    DUE = "due"
    ENDING = "ending"
    EXPIRED = "expired"


_HEALTH = {
    Due.NOT_YET: Health.GOOD,
    Due.OFFERED: Health.DUE,
    Due.URGENT: Health.ENDING,
    Due.EXPIRED: Health.EXPIRED,
}


def health(certificate: PushCertificate, *, now: datetime) -> Health:
    return _HEALTH[renewal.due(certificate.not_after, now=now)]


def elapsed_percent(certificate: PushCertificate, *, now: datetime) -> int:
    """Of the certificate's time what has gone by, 0 to 100."""
    whole = certificate.not_after - certificate.not_before
    return max(0, min(100, round(100 * ((now - certificate.not_before) / whole))))


@dataclass(frozen=True, slots=True)
class Standing:
    """`certificate` is the active one that ends first, `csr` the one that waits for the customer,
    or else the oldest under way."""

    health: Health
    certificate: PushCertificate | None
    csr: CSR | None

    @classmethod
    def of(
        cls, certificates: Sequence[PushCertificate], csrs: Sequence[CSR], *, now: datetime
    ) -> Self:
        first = min(certificates, key=lambda one: one.not_after, default=None)
        waiting = [csr for csr in csrs if csr.state == CSR.State.SIGNED]
        return cls(
            health=health(first, now=now) if first else Health.NONE,
            certificate=first,
            csr=next(iter([*waiting, *csrs]), None),
        )

    @property
    def offered_from(self) -> datetime | None:
        """From when on the renewal is offered."""
        return renewal.offered_from(self.certificate.not_after) if self.certificate else None

    @property
    def waits_for_customer(self) -> bool:
        return self.csr is not None and self.csr.state == CSR.State.SIGNED
