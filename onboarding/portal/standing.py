"""Is push working for a customer, until when, and what is to be done now: pure over its rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from onboarding.models import CSR, PushCertificate

# Apple's own first reminder comes 30 days before the end.
RENEW_WITHIN = timedelta(days=30)


class Health(StrEnum):
    NONE = "none"
    GOOD = "good"
    ENDING = "ending"
    EXPIRED = "expired"


def health(certificate: PushCertificate, *, now: datetime) -> Health:
    if certificate.is_expired(now):
        return Health.EXPIRED
    return Health.ENDING if certificate.not_after - now <= RENEW_WITHIN else Health.GOOD


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
    def waits_for_customer(self) -> bool:
        return self.csr is not None and self.csr.state == CSR.State.SIGNED
