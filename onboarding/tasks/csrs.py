"""Push keys and CSRs that are made here."""

import logging

from celery import shared_task

from onboarding import errors, keys, lifecycle, queue, storage
from onboarding.custody.ring import Ring
from onboarding.models import CSR
from onboarding.pki.names import Subject

logger = logging.getLogger(__name__)


@shared_task(name=queue.MAKE_CSR)
def make_csr(csr_id: str) -> None:
    """Make key and CSR for a row in REQUESTED; safe twice: the second key is thrown away."""
    csr = CSR.objects.select_related("customer").get(pk=csr_id)
    if csr.state != CSR.State.REQUESTED or not csr.is_made_here:
        return
    ring = Ring.current()
    push_key = keys.new_push_key()
    der = keys.build_csr(push_key, _subject(csr))
    sealed = keys.seal(push_key, csr_id=csr.pk, custody_public_key=ring.public_key)
    # Blob first, row second: a crash between the two leaves an orphan file, never a row that
    # points at nothing.
    name = storage.put(storage.SEALED_KEYS, sealed)
    try:
        lifecycle.submit(
            csr,
            der=der,
            sealed_key=name,
            custody_key=ring.newest,
            by=lifecycle.Actor.worker(),
        )
    except errors.WrongState:
        logger.info("CSR %s moved on while its key was made.", csr_id)
        # No other row can name it: each seal is another one, even of the same key.
        storage.delete(name)


def _subject(csr: CSR) -> Subject:
    return Subject(
        common_name=csr.common_name,
        organization=csr.organization,
        organizational_unit=csr.organizational_unit,
        country=csr.country,
        email=csr.email,
    )
