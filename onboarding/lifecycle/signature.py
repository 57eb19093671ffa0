"""The signer reports: its certificate, signatures, or why there is none."""

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import JSONObject
from django.utils import timezone

from onboarding import errors
from onboarding.lifecycle import owed_mail
from onboarding.lifecycle.actor import Actor, demand_process
from onboarding.lifecycle.batch import move_each, record_each
from onboarding.lifecycle.transition import State, move, moved_on, record
from onboarding.models import CSR, Mail, SeenKey, VendorCertificate
from onboarding.pki import certificates
from onboarding.pki.chain import Chain


@dataclass(frozen=True, slots=True)
class Signature:
    """The vendor's signature over a CSR; `push_request_sha256` is of the file for Apple."""

    csr_id: UUID
    signature: bytes = field(repr=False)
    push_request_sha256: str


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
def record_signatures(
    signatures: Collection[Signature],
    *,
    vendor_certificate: VendorCertificate,
    by: Actor,
    signer: str = "",
) -> list[UUID]:
    """APPROVED → SIGNED for each CSR that still is; the ids of those, in a few statements.

    The second of two results for a CSR is left out. `signer` says where it was signed.
    """
    demand_process(by, Actor.signer())
    if not signatures:
        return []
    changes = {
        one.csr_id: {
            "signature": one.signature,
            "push_request_sha256": one.push_request_sha256,
        }
        for one in signatures
    }
    signed = move_each(
        changes, to=State.SIGNED, allowed=State.APPROVED, vendor_certificate=vendor_certificate
    )
    if signed:
        facts = JSONObject(push_request_sha256=F("push_request_sha256"), signer=Value(signer))
        record_each("record_signature", signed, by=by, facts=facts)
        owed_mail.to_customers(Mail.Kind.READY, signed)
    return signed


def record_signature(
    csr: CSR,
    *,
    signature: bytes,
    vendor_certificate: VendorCertificate,
    push_request_sha256: str,
    by: Actor,
) -> None:
    """APPROVED → SIGNED; the second of two results is refused with WrongState."""
    one = Signature(csr.pk, signature, push_request_sha256)
    signed = record_signatures([one], vendor_certificate=vendor_certificate, by=by)
    csr.refresh_from_db()
    if not signed:
        raise moved_on(csr)


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
