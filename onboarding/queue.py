"""Names of tasks, and the only place that asks for work.

The database is the truth and a message is a nudge: a broker that is down is logged, never
raised, for the sweep asks again for whatever still waits.
"""

import logging
from functools import partial
from uuid import UUID

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

MAKE_CSR = "onboarding.make_csr"
SEND_MAILS = "onboarding.send_mails"
SEND_PASSWORD_RESET = "onboarding.send_password_reset"  # noqa: S105 - the name of a task
SWEEP = "onboarding.sweep"
SIGN_APPROVED = "signing.sign_approved"

# A connection that a restarted broker has closed is noticed on use; a new one is tried at once.
ONCE_MORE = {"max_retries": 1, "interval_start": 0, "interval_step": 0}

logger = logging.getLogger(__name__)


def make_csr(csr_id: UUID) -> None:
    """Once committed, have the worker make the key and the CSR."""
    _nudge(MAKE_CSR, str(csr_id))


def send_mails() -> None:
    """Once committed, have the worker send whatever mail is owed."""
    _nudge(SEND_MAILS)


def send_password_reset(user_id: UUID) -> None:
    """Once committed, have the worker send this person the link for a new password."""
    _nudge(SEND_PASSWORD_RESET, str(user_id))


def sign_approved() -> None:
    """Once committed, have the signer take whatever is approved."""
    _nudge(SIGN_APPROVED)


def _nudge(task: str, *ids: str | int) -> None:
    transaction.on_commit(partial(_send, task, *ids))


def _send(task: str, *ids: str | int) -> None:
    try:
        current_app.send_task(task, args=ids, retry=True, retry_policy=ONCE_MORE)
    except OperationalError as error:
        logger.warning(
            "The broker did not take %s; the sweep asks again for what waits: %s", task, error
        )
