"""Celery tasks of the queue `default`: load, still wanted, do, one verb. Worker only."""

from onboarding.tasks.csrs import demand_custody_keys, make_csr
from onboarding.tasks.mails import send_mails, send_password_reset
from onboarding.tasks.sweep import sweep

__all__ = ["demand_custody_keys", "make_csr", "send_mails", "send_password_reset", "sweep"]
