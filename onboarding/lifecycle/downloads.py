"""Who took which file along: so that a colleague sees how far it has got, and later all is proved.

Whoever may see a file may take it, however often; each time is written down.
"""

from django.db import transaction

from onboarding.lifecycle.actor import Actor
from onboarding.lifecycle.transition import record
from onboarding.models import CSR, PushCertificate


@transaction.atomic
def download_signed_request(csr: CSR, *, by: Actor) -> None:
    """`may_act` tells whether this person can take it to Apple, or only looked at it."""
    record(
        "download_signed_request",
        by=by,
        csr=csr,
        push_request_sha256=csr.push_request_sha256,
        may_act=by.is_admin_of(csr.customer) or by.may("act_for_customer"),
    )


@transaction.atomic
def download_csr(csr: CSR, *, by: Actor) -> None:
    record("download_csr", by=by, csr=csr, public_key_sha256=csr.public_key_sha256)


@transaction.atomic
def download_certificate(certificate: PushCertificate, *, by: Actor) -> None:
    record(
        "download_certificate",
        by=by,
        customer=certificate.customer,
        csr=certificate.csr,
        push_certificate=certificate,
        fingerprint_sha256=certificate.fingerprint_sha256,
    )
