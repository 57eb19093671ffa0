"""Names of tasks, and the only place that asks for work.

The database is the truth and a message is a nudge: a broker that is down is logged, never
raised, for the sweep asks again for whatever still waits.
"""

import logging
from functools import partial
from typing import Any
from uuid import UUID

from celery import current_app
from django.db import transaction
from kombu.exceptions import ChannelError, OperationalError

MAKE_CSR = "onboarding.make_csr"
EXPORT = "onboarding.export"
RESEAL = "onboarding.reseal"
DESTROY = "onboarding.destroy"
SEND_MAILS = "onboarding.send_mails"
SEND_PASSWORD_RESET = "onboarding.send_password_reset"  # noqa: S105 - the name of a task
BEGIN_STORE_VERIFICATION = "onboarding.begin_store_verification"
VERIFY_STORE = "onboarding.verify_store"
REMIND = "onboarding.remind"
SEAL_EVENTS = "onboarding.seal_events"
SEND_HEADS = "onboarding.send_heads"
BEGIN_AUDIT_VERIFICATION = "onboarding.begin_audit_verification"
VERIFY_AUDIT = "onboarding.verify_audit"
IMPORT_CUSTOMERS = "onboarding.import_customers"
RUN_CAMPAIGN = "onboarding.run_campaign"
SWEEP = "onboarding.sweep"
WATCH = "onboarding.watch"
WATCH_TRAIL = "onboarding.watch_trail"
SIGN_APPROVED = "signing.sign_approved"
SIGNER_PULSE = "signing.pulse"

# Where the signer listens; the others listen at Celery's default queue.
SIGNING = "signing"
# Seconds after which a message is of no use any more.
_EXPIRES = {SIGNER_PULSE: 60, REMIND: 60}
# So many messages that nobody takes: who comes finds work enough, and while nobody comes (with an
# air-gapped signer, nobody ever does) the broker's memory does not fill.
_PLENTY = 100
# A connection that a restarted broker has closed is noticed on use; a new one is tried at once.
ONCE_MORE = {"max_retries": 1, "interval_start": 0, "interval_step": 0}

logger = logging.getLogger(__name__)


def make_csr(csr_id: UUID) -> None:
    """Once committed, have the worker make the key and the CSR."""
    _nudge(MAKE_CSR, str(csr_id))


def export(export_id: UUID) -> None:
    """Once committed, have the worker do what this export needs next: its file, or its end."""
    _nudge(EXPORT, str(export_id))


def reseal(turn: str, after: str) -> None:
    """Once committed, have the worker seal some push keys anew, those after the CSR `after`."""
    _nudge(RESEAL, turn, after)


def destroy(csr_id: UUID) -> None:
    """Once committed, have the worker delete the sealed push key of this CSR."""
    _nudge(DESTROY, str(csr_id))


def verify_store(verification_id: int) -> None:
    """Once committed, have the worker go on with this comparison of database and storage."""
    _nudge(VERIFY_STORE, verification_id)


def verify_audit(verification_id: int) -> None:
    """Once committed, have the worker go on with this verification of the audit trail."""
    _nudge(VERIFY_AUDIT, verification_id)


def import_customers(import_id: int) -> None:
    """Once committed, have the worker go on with this import."""
    _nudge(IMPORT_CUSTOMERS, import_id)


def run_campaign(campaign_id: int) -> None:
    """Once committed, have the worker owe the next mails of this campaign."""
    _nudge(RUN_CAMPAIGN, campaign_id)


def send_mails() -> None:
    """Once committed, have the worker send whatever mail is owed."""
    _nudge(SEND_MAILS)


def remind() -> None:
    """Have the worker owe the day's reminders, which beat's own message did not bring about."""
    _nudge(REMIND)


def send_password_reset(user_id: UUID) -> None:
    """Once committed, have the worker send this person the link for a new password."""
    _nudge(SEND_PASSWORD_RESET, str(user_id))


def sign_approved() -> None:
    """Once committed, have the signer take whatever is approved."""
    _nudge(SIGN_APPROVED)


def call_another_signer() -> None:
    """At once, for what is left to it is not of the caller's transaction."""
    _send(SIGN_APPROVED)


def hand_on_to_another_signer(times: int) -> None:
    """At once: the nudge that an unfit signer took, now for the `times`-th time."""
    _send(SIGN_APPROVED, times)


def ask_signer_again() -> None:
    """For the sweep: as `sign_approved`, unless messages pile up before a signer that is away."""
    transaction.on_commit(partial(_send_to_signer, SIGN_APPROVED))


def ask_for_pulse() -> None:
    """Have the signer show itself, unless it is away."""
    transaction.on_commit(partial(_send_to_signer, SIGNER_PULSE))


def is_reachable() -> bool:
    """Whether the broker answers, asked within the time that a click may take."""
    try:
        with current_app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0)
    except (OperationalError, OSError):
        return False
    return True


def _nudge(task: str, *ids: str | int) -> None:
    transaction.on_commit(partial(_send, task, *ids))


def _send_to_signer(task: str) -> None:
    if _waiting() < _PLENTY:
        _send(task)


def _waiting() -> int:
    """How many messages wait for the signer; 0 if the broker cannot tell, which sending logs."""
    try:
        with current_app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0)
            # Any: its published type lacks what a broker can be asked.
            channel: Any = connection.default_channel
            return int(channel.queue_declare(SIGNING, passive=True).message_count)
    # ChannelError: a queue without messages is not there at all.
    except (ChannelError, OperationalError, OSError):
        return 0


def _send(task: str, *ids: str | int) -> None:
    try:
        current_app.send_task(
            task, args=ids, expires=_EXPIRES.get(task), retry=True, retry_policy=ONCE_MORE
        )
    except OperationalError as error:
        logger.warning(
            "The broker did not take %s; the sweep asks again for what waits: %s", task, error
        )
