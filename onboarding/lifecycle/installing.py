"""Whether an MDM server has a certificate: only a person can say so."""

from django.db import transaction
from django.utils import timezone

from onboarding.lifecycle.actor import Actor, demand_admin_or_staff
from onboarding.lifecycle.transition import record
from onboarding.models import PushCertificate


@transaction.atomic
def confirm_installed(certificate: PushCertificate, *, by: Actor) -> None:
    """Somebody says that the MDM server has it, by whichever way it came there; the first counts.

    A file that was downloaded lies in a folder still, so a download says nothing of the kind.
    """
    demand_admin_or_staff(by, certificate.customer, permission="act_for_customer")
    untold = PushCertificate.objects.filter(pk=certificate.pk, taken_along_at__isnull=True)
    if untold.update(taken_along_at=timezone.now()):
        record("confirm_installed", by=by, csr=certificate.csr, push_certificate=certificate)
