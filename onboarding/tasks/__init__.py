"""Celery tasks of the queue `default`: load, still wanted, do, one verb. Worker only."""

from onboarding.tasks.csrs import make_csr
from onboarding.tasks.custody import (
    demand_custody_keys,
    destroy,
    export,
    reseal,
    tell_missing_custody_keys,
)
from onboarding.tasks.mails import send_mails, send_password_reset
from onboarding.tasks.reminders import remind
from onboarding.tasks.store import begin_store_verification, verify_store
from onboarding.tasks.sweep import sweep
from onboarding.tasks.watch import watch

__all__ = [
    "begin_store_verification",
    "demand_custody_keys",
    "destroy",
    "export",
    "make_csr",
    "remind",
    "reseal",
    "send_mails",
    "send_password_reset",
    "sweep",
    "tell_missing_custody_keys",
    "verify_store",
    "watch",
]
