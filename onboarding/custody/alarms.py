"""What staff are told of custody: push keys that cannot be used, custody keys that are missing."""

from collections.abc import Mapping

from onboarding import errors, lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Alarm

_KIND = Alarm.Kind.STORE_DIFFERS
# The matter of the second one; lifecycle has that of the first.
_CUSTODY_KEYS = "custody keys"
_NAMED = 3


def raise_for(csr: CSR, error: errors.PortalError) -> None:
    lifecycle.note_unusable_key(csr, why=error.sentence, by=Actor.worker())


def clear_for(csr: CSR) -> None:
    lifecycle.note_usable_key(csr, by=Actor.worker())


def settle_missing(seals: Mapping[str, int]) -> None:
    """`seals` counts push keys by the name of a custody key that is not held here; maybe none."""
    if not seals:
        lifecycle.clear_alarm(_KIND, about=_CUSTODY_KEYS, by=Actor.worker())
        return
    lifecycle.raise_alarm(_KIND, about=_CUSTODY_KEYS, sentence=_missing(seals), by=Actor.worker())


def _missing(seals: Mapping[str, int]) -> str:
    count = sum(seals.values())
    sealed = "1 push key is sealed" if count == 1 else f"{count:,} push keys are sealed"
    names = sorted(seals)
    if len(names) == 1:
        return (
            f"{sealed} to custody key {names[0][:16]}…, which CUSTODY_PRIVATE_KEY of the worker"
            " does not hold. Put that key back: without it they cannot be opened."
        )
    named = ", ".join(f"{name[:16]}… ({seals[name]:,})" for name in names[:_NAMED])
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return (
        f"{sealed} to {len(names):,} custody keys that CUSTODY_PRIVATE_KEY of the worker does not"
        f" hold: {named}{more}. Put them back: without them they cannot be opened."
        " `manage.py custody status` lists them."
    )
