"""A push certificate is marked as revoked: nobody can push with it any more."""

from django.db import transaction
from django.utils import timezone

from onboarding import errors
from onboarding.errors import gettext_noop
from onboarding.lifecycle import exports, owed_mail, withdrawal
from onboarding.lifecycle.actor import Actor, demand_staff
from onboarding.lifecycle.transition import record
from onboarding.models import CSR, Export, Mail, PushCertificate

State = PushCertificate.State
_RENEWAL = gettext_noop(
    "The certificate that was to be renewed is revoked, so there is nothing to renew."
)


@transaction.atomic
def revoke(certificate: PushCertificate, *, reason: str, by: Actor) -> None:
    """ACTIVE → REVOKED, with the reason that the customer reads; its renewals and exports end.

    The topic stays the customer's: it comes back with a certificate that Apple issues for it.
    """
    demand_staff(by, permission="revoke_certificate")
    reason = reason.strip()
    if not reason:
        raise errors.MissingReason("Give a reason: the customer reads it and acts on it.")
    marked = PushCertificate.objects.active().filter(pk=certificate.pk)
    if not marked.update(state=State.REVOKED, revoked_at=timezone.now(), revocation_reason=reason):
        raise errors.WrongState("This certificate is not active any more. Nothing was changed.")
    certificate.refresh_from_db()
    record(
        "revoke",
        by=by,
        customer=certificate.customer,
        csr=None if certificate.is_imported else certificate.csr,
        push_certificate=certificate,
        reason=reason,
        topic=certificate.topic,
        serial=certificate.serial,
    )
    withdrawal.end_all(CSR.objects.live().filter(renews=certificate), why=_RENEWAL, by=by)
    exports.call_off(
        Export.objects.filter(push_certificate=certificate),
        why=gettext_noop("The certificate was revoked."),
    )
    owed_mail.about_certificate(Mail.Kind.REVOKED, certificate)
