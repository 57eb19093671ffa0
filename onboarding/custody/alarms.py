"""A sealed push key that cannot be used is told to staff, until it can."""

from onboarding import errors, lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Alarm

_KIND = Alarm.Kind.STORE_DIFFERS


def raise_for(csr: CSR, error: errors.PortalError) -> None:
    lifecycle.raise_alarm(
        _KIND,
        about=_about(csr),
        sentence=f"The sealed push key of {csr} cannot be used. {error.sentence}",
        by=Actor.worker(),
    )


def clear_for(csr: CSR) -> None:
    lifecycle.clear_alarm(_KIND, about=_about(csr), by=Actor.worker())


def raise_for_missing(custody_key: str, *, seals: int) -> None:
    """`custody_key` is not held any more, and so many seals open with it alone."""
    lifecycle.raise_alarm(
        _KIND,
        about=f"custody key {custody_key}",
        sentence=f"{seals} push keys are sealed to custody key {custody_key[:16]}…, which"
        " CUSTODY_PRIVATE_KEY of the worker does not hold. Put that key back: without it they"
        " cannot be opened.",
        by=Actor.worker(),
    )


def clear_for_missing(custody_key: str) -> None:
    lifecycle.clear_alarm(_KIND, about=f"custody key {custody_key}", by=Actor.worker())


def _about(csr: CSR) -> str:
    return f"push key of CSR {csr.pk}"
