"""The signer's one task, and what it does at its start. The database says what to sign."""

import logging
import sys

from celery import shared_task
from celery.signals import worker_init, worker_ready
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from onboarding import errors, queue
from signing import checks, drain, held

UNFIT = (errors.InvalidIdentity, ImproperlyConfigured)

logger = logging.getLogger(__name__)


@worker_init.connect
def demand_fit_identity(**_: object) -> None:
    """Refuse to start without a fit identity.

    Celery runs Django's system checks at start, but throws their results away.
    """
    try:
        found = checks.examine()
    except UNFIT as error:
        sys.exit(f"The signer does not start. {error}")
    for sentence in found:
        logger.warning("%s", sentence)


@worker_ready.connect
def announce_vendor_certificate(**_: object) -> None:
    """So that staff see the certificate before the first signature."""
    try:
        drain.prepare(now=timezone.now())
    except UNFIT as error:
        logger.error("The vendor certificate is not announced: %s", error)
    finally:
        # Each child of the pool opens its own.
        held.let_go()


@shared_task(name=queue.SIGN_APPROVED)
def sign_approved() -> None:
    """Sign what is approved; safe twice and at several signers at once."""
    try:
        drain.run(now=timezone.now())
    except UNFIT as error:
        logger.error("Nothing is signed, and what is approved waits: %s", error)
