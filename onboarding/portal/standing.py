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
    # Valid, but the one before it has ended, and nobody said that an MDM server has the new one.
    DOWN = "down"
    # Valid, but no server can ever use it: its key was deleted here before anybody downloaded it.
    LOST = "lost"

    @property
    def offers_renewal(self) -> bool:
        return self in {Health.DUE, Health.ENDING, Health.EXPIRED, Health.LOST}

    @property
    def is_broken(self) -> bool:
        """Whether no device can be reached."""
        return self in {Health.EXPIRED, Health.DOWN}


_HEALTH = {
    Due.NOT_YET: Health.GOOD,
    Due.OFFERED: Health.DUE,
    Due.URGENT: Health.ENDING,
    Due.EXPIRED: Health.EXPIRED,
}


def health(certificate: PushCertificate, *, now: datetime) -> Health:
    found = _HEALTH[renewal.due(certificate.not_after, now=now)]
    if certificate.is_key_lost and found is not Health.EXPIRED:
        return Health.LOST
    # Later, whoever installed it without a word here would be told the wrong thing to do.
    old = certificate.replaces if found is Health.GOOD else None
    return Health.DOWN if old and old.is_expired(now) else found


def elapsed_percent(certificate: PushCertificate, *, now: datetime) -> int:
    """Of the certificate's time what has gone by, 0 to 100."""
    whole = certificate.not_after - certificate.not_before
    return max(0, min(100, round(100 * ((now - certificate.not_before) / whole))))


@dataclass(frozen=True, slots=True)
class Standing:
    """`certificate` is the active one that ends first, or with which push is down already, or whose
    key nobody has. `old` is what the MDM server has instead of it, until somebody says otherwise;
    where nobody has the key, as long as it works.

    `to_install` is one in force that nobody has taken to an MDM server yet. `csr` is the one to go
    on with: the one that waits for the customer, or else the oldest under way. Beside an active
    certificate that is a renewal, which may be under way while the certificate is still to be
    installed; a CSR for another topic only when nothing else is to be done.
    """

    health: Health
    certificate: PushCertificate | None
    old: PushCertificate | None
    to_install: PushCertificate | None
    csr: CSR | None

    @classmethod
    def of(
        cls, certificates: Sequence[PushCertificate], csrs: Sequence[CSR], *, now: datetime
    ) -> Self:
        first = min(certificates, key=lambda one: _urgency(one, now=now), default=None)
        standing = health(first, now=now) if first else Health.NONE
        to_install = _to_install(certificates, now=now)
        going = renewals(csrs)
        if not first or (standing is Health.GOOD and not going and not to_install):
            going = list(csrs)
        waiting = [csr for csr in going if csr.state == CSR.State.SIGNED]
        return cls(
            health=standing,
            certificate=first,
            old=_old(first, standing, now=now) if first else None,
            to_install=to_install,
            csr=next(iter([*waiting, *going]), None),
        )

    @property
    def offered_from(self) -> datetime | None:
        """From when on the renewal is offered."""
        return renewal.offered_from(self.certificate.not_after) if self.certificate else None

    @property
    def waits_for_customer(self) -> bool:
        return self.csr is not None and self.csr.state == CSR.State.SIGNED


def _urgency(certificate: PushCertificate, *, now: datetime) -> tuple[bool, datetime]:
    found = health(certificate, now=now)
    return not (found.is_broken or found is Health.LOST), certificate.not_after


def _old(
    certificate: PushCertificate, standing: Health, *, now: datetime
) -> PushCertificate | None:
    if standing not in {Health.GOOD, Health.DOWN, Health.LOST}:
        return None
    old = certificate.replaces
    is_over = old is not None and standing is Health.LOST and old.is_expired(now)
    return None if is_over else old


def renewals(csrs: Sequence[CSR]) -> list[CSR]:
    return [csr for csr in csrs if csr.renews_id]


def _to_install(
    certificates: Sequence[PushCertificate], *, now: datetime
) -> PushCertificate | None:
    """Once it can be renewed, the way is not worth it any more."""
    found = [
        one
        for one in certificates
        if one.is_to_be_installed and not health(one, now=now).offers_renewal
    ]
    return min(found, key=lambda one: _urgency(one, now=now), default=None)
