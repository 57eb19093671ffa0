"""Rows as the first page counts them, made without their history."""

from datetime import datetime, timedelta
from uuid import uuid4

from onboarding.models import (
    CSR,
    Customer,
    CustomerImport,
    Export,
    Mail,
    PushCertificate,
    User,
    VendorCertificate,
)

MANY = 12


def many(customer: Customer, asker: User, now: datetime) -> None:
    """Rows of everything that the page counts, spread over weeks, states and times."""
    for number in range(MANY):
        certificate = a_certificate(customer, now + timedelta(days=9 * number - 5))
        for state in ("submitted", "approved", "failed", "requested", "signed"):
            a_csr(customer, asker, state, since=now - timedelta(hours=number + 1))
        state = ("submitted", "approved", "requested")[number % 3]
        a_csr(customer, asker, state, since=now - timedelta(hours=1), renews=certificate)
        Export.objects.create(
            push_certificate=certificate,
            form="pem",
            asked_by=asker,
            asked_at=now - timedelta(hours=1),
        )
        Mail.objects.create(
            kind="alarm",
            customer=customer,
            recipient=f"{uuid4().hex}@acme.example",
            queued_at=now - timedelta(hours=1),
        )
        CustomerImport.objects.create(name="a.csv", state="judged", started_at=now, total=0)


def a_certificate(customer: Customer, end: datetime) -> PushCertificate:
    digest = uuid4().hex
    return PushCertificate.objects.create(
        customer=customer,
        topic=f"com.apple.mgmt.External.{digest}",
        serial=digest,
        fingerprint_sha256=digest,
        not_before=end - timedelta(days=365),
        not_after=end,
        der=b"x",
        activated_at=end - timedelta(days=365),
    )


def a_csr(
    customer: Customer,
    asker: User,
    state: str,
    *,
    since: datetime,
    renews: PushCertificate | None = None,
) -> CSR:
    return CSR.objects.create(
        customer=customer,
        state=state,
        state_since=since,
        origin=CSR.Origin.UPLOADED,
        requested_by=asker,
        requested_at=since,
        renews=renews,
        der=b"x",
        public_key_sha256=uuid4().hex,
        failure_code="x" if state == "failed" else "",
        **_signed(state),
    )


def _signed(state: str) -> dict[str, object]:
    if state != "signed":
        return {}
    certificate = VendorCertificate.objects.get()
    return {"signature": b"x", "vendor_certificate": certificate, "push_request_sha256": "x"}
