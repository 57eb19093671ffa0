"""An export's file: made from the sealed key, under the passphrase that the person chose."""

import logging
from hashlib import sha256

from cryptography import x509
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from onboarding import errors, keys, lifecycle, storage, trust
from onboarding.custody import alarms, disposal
from onboarding.custody.ring import Ring
from onboarding.errors import gettext_noop
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Export, PushCertificate
from onboarding.pki import certificates

WORKER = Actor.worker()
logger = logging.getLogger(__name__)


def make(export: Export) -> None:
    """ASKED → READY with its file in storage, or FAILED with what the person can do. Safe twice."""
    try:
        content = _content(export)
    except (errors.InvalidSeal, errors.DamagedRecord, errors.InvalidBundle) as error:
        _fail(export, error)
        return
    earlier = export.file
    # Together, for the name of the earlier file is forgotten. In this order: the row is locked
    # first, so that a file which another worker is just finishing is never deleted.
    with transaction.atomic():
        lifecycle.name_export(export, file=storage.name_of(storage.EXPORTS, content), by=WORKER)
        disposal.dispose(earlier)
    # The row is locked while the file is written: nobody can end the export in between, and
    # leave a file that no row knows to be there.
    with transaction.atomic():
        lifecycle.record_export(export, by=WORKER)
        storage.put(storage.EXPORTS, content)
    alarms.clear_for(export.push_certificate.csr)


@sensitive_variables("passphrase", "push_key")
def _content(export: Export) -> bytes:
    certificate = export.push_certificate
    ring = Ring.current()
    push_key = ring.push_key(certificate.csr, storage.get(certificate.csr.sealed_key))
    parsed = _intact(certificate)
    intermediates = _intermediates(parsed)
    passphrase = ring.passphrase(export)
    if export.form == Export.Form.PKCS12:
        return keys.pkcs12(
            push_key,
            parsed,
            intermediates=intermediates,
            passphrase=passphrase,
            name=_friendly_name(certificate),
        )
    return keys.pem(push_key, parsed, intermediates=intermediates, passphrase=passphrase)


def _intact(certificate: PushCertificate) -> x509.Certificate:
    der = bytes(certificate.der)
    if sha256(der).hexdigest() != certificate.fingerprint_sha256:
        raise errors.DamagedRecord("The certificate no longer matches its recorded fingerprint.")
    return certificates.load(der)


def _friendly_name(certificate: PushCertificate) -> str:
    """By this a key store lists it."""
    return f"{certificate.customer.name} MDM push {certificate.not_after:%Y-%m-%d}"


def _intermediates(certificate: x509.Certificate) -> list[x509.Certificate]:
    """What issued the certificate, where this instance knows it."""
    known = (
        one for one in trust.current().intermediates if certificates.is_signed_by(certificate, one)
    )
    return [*known][:1]


def _fail(export: Export, error: errors.PortalError) -> None:
    csr: CSR = export.push_certificate.csr
    logger.error("Export %s could not be made: %s", export.pk, error.sentence)
    lifecycle.fail_export(
        export,
        sentence=gettext_noop(
            "The kept key could not be read, so no file was made. Your vendor has been told;"
            " nothing is lost yet. Ask again once they have looked into it."
        ),
        by=WORKER,
    )
    # Last: for an export that was called off, its key perhaps destroyed, nobody is alarmed.
    alarms.raise_for(csr, error)
