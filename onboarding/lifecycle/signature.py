"""The signer reports: its certificate, a signature, or why there is none."""

from django.db import transaction
from django.utils import timezone

from onboarding import errors
from onboarding.lifecycle import owed_mail
from onboarding.lifecycle.actor import Actor, demand_process
from onboarding.lifecycle.transition import State, move, record
from onboarding.models import CSR, Mail, SeenKey, VendorCertificate
from onboarding.pki import certificates
from onboarding.pki.chain import Chain


@transaction.atomic
def announce_vendor_certificate(chain: Chain, *, by: Actor) -> VendorCertificate:
    """The row of the vendor certificate that `chain` begins with; made when it is new."""
    demand_process(by, Actor.signer())
    leaf = chain.leaf
    fingerprint_sha256 = certificates.fingerprint(leaf)
    known = VendorCertificate.objects.filter(fingerprint_sha256=fingerprint_sha256).first()
    if known:
        return known
    public_key_sha256 = certificates.key_fingerprint(leaf.public_key())
    _take_vendor_key(public_key_sha256)
    vendor_certificate, is_new = VendorCertificate.objects.get_or_create(
        fingerprint_sha256=fingerprint_sha256,
        defaults={
            "subject": certificates.title(leaf.subject),
            "public_key_sha256": public_key_sha256,
            "serial": f"{leaf.serial_number:X}",
            "not_before": leaf.not_valid_before_utc,
            "not_after": leaf.not_valid_after_utc,
            "chain": chain.pem,
            "announced_at": timezone.now(),
        },
    )
    if is_new:
        record(
            "announce_vendor_certificate",
            by=by,
            vendor_certificate=vendor_certificate,
            fingerprint_sha256=fingerprint_sha256,
        )
    return vendor_certificate


@transaction.atomic
def record_signature(
    csr: CSR,
    *,
    signature: bytes,
    vendor_certificate: VendorCertificate,
    push_request_sha256: str,
    by: Actor,
) -> None:
    """APPROVED → SIGNED; the second of two results is refused with WrongState."""
    demand_process(by, Actor.signer())
    move(
        csr,
        to=State.SIGNED,
        allowed=[State.APPROVED],
        signature=signature,
        vendor_certificate=vendor_certificate,
        push_request_sha256=push_request_sha256,
    )
    record(
        "record_signature",
        by=by,
        csr=csr,
        vendor_certificate=vendor_certificate,
        push_request_sha256=push_request_sha256,
    )
    owed_mail.to_customer(Mail.Kind.READY, csr)


@transaction.atomic
def record_failure(csr: CSR, *, error: errors.PortalError, by: Actor) -> None:
    """APPROVED → FAILED, with the reason; the approvals are spent, staff decide anew."""
    demand_process(by, Actor.signer())
    move(
        csr,
        to=State.FAILED,
        allowed=[State.APPROVED],
        failure_code=error.code,
        failure_sentence=error.sentence,
    )
    csr.approvals.all().delete()
    record("record_failure", by=by, csr=csr, code=error.code, sentence=error.sentence)


def _take_vendor_key(public_key_sha256: str) -> None:
    seen, _ = SeenKey.objects.get_or_create(public_key_sha256=public_key_sha256)
    if seen.customer_id is not None:
        raise errors.InvalidIdentity(
            "The vendor certificate's key came in a customer's CSR. Make a new vendor key: this"
            " one is in other hands."
        )
