"""Celery tasks of the queue `default`: load, still wanted, do, one verb. Worker only."""

import logging
import sys
from datetime import timedelta
from smtplib import SMTPException
from typing import Any

from celery import shared_task
from celery.signals import worker_init
from django.conf import settings
from django.utils import timezone

from onboarding import errors, keys, lifecycle, outbox, password_reset, queue, storage
from onboarding.models import CSR, Mail, User
from onboarding.pki.names import Subject

# Longer than a task usually takes, so that the sweep asks only for what was forgotten.
PATIENCE = timedelta(seconds=20)

logger = logging.getLogger(__name__)


@worker_init.connect
def demand_custody_keys(**_: Any) -> None:
    """Refuse to start without both halves of the custody key. Any: Celery's signals pass all."""
    private_key = getattr(settings, "CUSTODY_PRIVATE_KEY", None)
    if not private_key or not settings.CUSTODY_PUBLIC_KEY:
        sys.exit(
            "The worker seals push keys, so it needs CUSTODY_PUBLIC_KEY and CUSTODY_PRIVATE_KEY."
            " Make them with `manage.py custody new FOLDER`."
        )
    try:
        fits = keys.custody_public_half(private_key) == settings.CUSTODY_PUBLIC_KEY
    except errors.InvalidSeal as error:
        sys.exit(str(error))
    if not fits:
        sys.exit("CUSTODY_PUBLIC_KEY does not belong to CUSTODY_PRIVATE_KEY. Set a matching pair.")


@shared_task(name=queue.MAKE_CSR)
def make_csr(csr_id: str) -> None:
    """Make key and CSR for a row in REQUESTED; safe twice: the second key is thrown away."""
    csr = CSR.objects.select_related("customer").get(pk=csr_id)
    if csr.state != CSR.State.REQUESTED or not csr.is_made_here:
        return
    push_key = keys.new_push_key()
    der = keys.build_csr(push_key, _subject(csr))
    sealed = keys.seal(push_key, csr_id=csr.pk, custody_public_key=settings.CUSTODY_PUBLIC_KEY)
    # Blob first, row second: a crash between the two leaves an orphan file, never a row that
    # points at nothing.
    name = storage.put(storage.SEALED_KEYS, sealed)
    try:
        lifecycle.submit(csr, der=der, sealed_key=name, by=lifecycle.Actor.worker())
    except errors.WrongState:
        logger.info("CSR %s moved on while its key was made.", csr_id)


@shared_task(name=queue.SEND_MAIL)
def send_mail(mail_id: int) -> None:
    """Send one owed mail, unless it is sent or in other hands."""
    outbox.deliver(mail_id, now=timezone.now())


@shared_task(
    name=queue.SEND_PASSWORD_RESET,
    autoretry_for=(OSError, SMTPException),
    max_retries=3,
    default_retry_delay=30,
)
def send_password_reset(user_id: str) -> None:
    """Send the link for a new password; nothing is kept of it, a person just asks again."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user:
        password_reset.compose(user).send()


@shared_task(name=queue.SWEEP)
def sweep() -> None:
    """Ask again for everything that has waited longer than it should."""
    since = timezone.now() - PATIENCE
    for csr_id in CSR.objects.awaiting_key().filter(state_since__lt=since).values_list("pk")[:500]:
        queue.make_csr(*csr_id)
    for mail_id in Mail.objects.unsent().filter(queued_at__lt=since).values_list("pk")[:500]:
        queue.send_mail(*mail_id)
    if CSR.objects.awaiting_signature().filter(state_since__lt=since).exists():
        queue.sign_approved()


def _subject(csr: CSR) -> Subject:
    return Subject(
        common_name=csr.common_name,
        organization=csr.organization,
        organizational_unit=csr.organizational_unit,
        country=csr.country,
        email=csr.email,
    )
