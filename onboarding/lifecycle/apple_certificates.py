"""Apple's intermediates that an operator adds: what counts as issued by Apple depends on them."""

from cryptography import x509
from django.db import transaction
from django.utils import timezone

from onboarding.lifecycle.actor import Actor, demand_process
from onboarding.lifecycle.transition import record
from onboarding.models import AppleCertificate
from onboarding.pki import certificates


@transaction.atomic
def add_apple_certificate(certificate: x509.Certificate, *, by: Actor) -> bool:
    """Keep a certificate that the caller has verified; False if it is there already."""
    demand_process(by, Actor.operator())
    fingerprint_sha256 = certificates.fingerprint(certificate)
    subject = certificates.title(certificate.subject)
    _, is_new = AppleCertificate.objects.get_or_create(
        fingerprint_sha256=fingerprint_sha256,
        defaults={
            "subject": subject,
            "not_after": certificate.not_valid_after_utc,
            "der": certificates.der(certificate),
            "added_at": timezone.now(),
        },
    )
    if is_new:
        record(
            "add_apple_certificate",
            by=by,
            subject=subject,
            fingerprint_sha256=fingerprint_sha256,
        )
    return is_new
