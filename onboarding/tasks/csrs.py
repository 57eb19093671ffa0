"""Push keys and CSRs that are made here; a worker without its custody keys does not start."""

import logging
import sys
from typing import Any

from celery import shared_task
from celery.signals import worker_init
from django.conf import settings

from onboarding import errors, keys, lifecycle, queue, storage
from onboarding.models import CSR
from onboarding.pki.names import Subject

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


def _subject(csr: CSR) -> Subject:
    return Subject(
        common_name=csr.common_name,
        organization=csr.organization,
        organizational_unit=csr.organizational_unit,
        country=csr.country,
        email=csr.email,
    )
