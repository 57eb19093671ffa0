"""Whether what an MDM server needs was taken there: the first time counts, whoever it was."""

from django.db import transaction
from django.utils import timezone

from onboarding.lifecycle.actor import Actor, demand_admin_or_staff
from onboarding.lifecycle.transition import record
from onboarding.models import PushCertificate


@transaction.atomic
def fetch_certificate(certificate: PushCertificate, *, by: Actor) -> None:
    """Write down the first download of a certificate whose key is in the MDM server already.

    Where the key is kept here, the certificate alone brings nobody on: its export counts.
    """
    if not certificate.keeps_key and take_along(certificate):
        record("fetch_certificate", by=by, csr=certificate.csr, push_certificate=certificate)


@transaction.atomic
def confirm_installed(certificate: PushCertificate, *, by: Actor) -> None:
    """Somebody says that the MDM server has it, by whichever way it came there."""
    demand_admin_or_staff(by, certificate.customer, permission="act_for_customer")
    if take_along(certificate):
        record("confirm_installed", by=by, csr=certificate.csr, push_certificate=certificate)


def take_along(certificate: PushCertificate) -> bool:
    """Whether this was the first time."""
    untouched = PushCertificate.objects.filter(pk=certificate.pk, taken_along_at__isnull=True)
    return bool(untouched.update(taken_along_at=timezone.now()))
