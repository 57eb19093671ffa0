"""Celery tasks of the queue `default`: load, still wanted, do, one verb. Worker only."""

from onboarding.tasks.audit import (
    begin_audit_verification,
    seal_events,
    send_heads,
    verify_audit,
)
from onboarding.tasks.campaigns import run_campaign
from onboarding.tasks.csrs import make_csr
from onboarding.tasks.custody import (
    demand_custody_keys,
    destroy,
    export,
    reseal,
    tell_missing_custody_keys,
)
from onboarding.tasks.imports import import_customers
from onboarding.tasks.mails import send_mails, send_password_reset
from onboarding.tasks.pulse import heart
from onboarding.tasks.reminders import remind
from onboarding.tasks.store import begin_store_verification, verify_store
from onboarding.tasks.sweep import sweep
from onboarding.tasks.watch import watch, watch_trail

__all__ = [
    "begin_audit_verification",
    "begin_store_verification",
    "demand_custody_keys",
    "destroy",
    "export",
    "heart",
    "import_customers",
    "make_csr",
    "remind",
    "reseal",
    "run_campaign",
    "seal_events",
    "send_heads",
    "send_mails",
    "send_password_reset",
    "sweep",
    "tell_missing_custody_keys",
    "verify_audit",
    "verify_store",
    "watch",
    "watch_trail",
]
