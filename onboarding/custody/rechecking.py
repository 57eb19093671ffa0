"""Push keys that could not be used, tried again: a file may have come back from a backup."""

import logging

from onboarding import errors, storage
from onboarding.custody import alarms
from onboarding.custody.ring import Ring
from onboarding.models import CSR

# What does not fit into a task's time is tried the next time.
_AT_ONCE = 500
logger = logging.getLogger(__name__)


def try_again() -> None:
    """Forget the trouble of those that open by now. Nothing is said of those that do not."""
    rows = CSR.objects.with_unusable_key().select_related("customer").defer("der", "signature")
    try:
        ring = Ring.current()
        for csr in rows[:_AT_ONCE]:
            _try(csr, ring)
    except (errors.InvalidSeal, errors.StorageUnavailable) as error:
        logger.warning("Unusable push keys were not tried again: %s", error)


def _try(csr: CSR, ring: Ring) -> None:
    try:
        ring.push_key(csr, storage.get(csr.sealed_key))
    except (errors.InvalidSeal, errors.DamagedRecord) as error:
        logger.info("%s: %s", csr, error.sentence)
    else:
        alarms.clear_for(csr)
