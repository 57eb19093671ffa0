"""Vendor certificates and signed requests: made again, and verified as Apple would."""

from collections.abc import Iterator
from functools import partial

from django.db.models import OuterRef, QuerySet, Subquery

from onboarding import errors, signed_request
from onboarding.models import CSR, Event, VendorCertificate
from onboarding.pki import certificates, push_request
from onboarding.pki import chain as chains
from onboarding.pki import csr as csrs
from onboarding.pki.chain import Chain
from onboarding.store.bench import Bench
from onboarding.store.finding import ROW_CHANGED, Finding, Kind


def vendor_certificates() -> QuerySet[VendorCertificate]:
    return VendorCertificate.objects.all()


def look_at_vendor_certificate(row: VendorCertificate, bench: Bench) -> Iterator[Finding]:
    """The chain begins with the certificate of the row, and held when it was announced."""
    about = f"vendor certificate {row.fingerprint_sha256[:16]}… ({row})"
    try:
        chain = Chain.of_pem(row.chain)
        verify = partial(chains.verify, chain, trust=bench.trust)
        past = bench.holds_since(lambda at: verify(now=at), row.announced_at)
    except errors.PortalError as error:
        sentence = f"The chain kept for {about} does not hold. {error.sentence} {ROW_CHANGED}"
        yield Finding(Kind.CHANGED, about, sentence)
        return
    if past:
        sentence = f"The chain of {about} holds as of {past:%Y-%m-%d}, not now."
        yield Finding(Kind.PAST, about, sentence)
    if not _is_of(row, chain):
        sentence = f"The chain kept for {about} begins with another certificate. {ROW_CHANGED}"
        yield Finding(Kind.CHANGED, about, sentence)


def _is_of(row: VendorCertificate, chain: Chain) -> bool:
    leaf = chain.leaf
    key = certificates.public_key(leaf)
    recorded = (row.fingerprint_sha256, row.public_key_sha256, row.not_before, row.not_after)
    return recorded == (
        certificates.fingerprint(leaf),
        certificates.key_fingerprint(key) if key else "",
        leaf.not_valid_before_utc,
        leaf.not_valid_after_utc,
    )


def submitted() -> QuerySet[CSR]:
    return CSR.objects.filter(der__isnull=False).select_related("customer").defer("signature")


def look_at_csr(row: CSR, bench: Bench) -> Iterator[Finding]:  # noqa: ARG001 - as the others
    """The CSR can be read, and its key is the recorded one."""
    about = name(row)
    try:
        parsed = csrs.parse(bytes(row.der or b""))
    except errors.PortalError as error:
        yield Finding(
            Kind.CHANGED, about, f"{about} cannot be read. {error.sentence} {ROW_CHANGED}"
        )
        return
    if parsed.public_key_sha256 != row.public_key_sha256:
        sentence = f"{about} has another key than the one that was recorded. {ROW_CHANGED}"
        yield Finding(Kind.CHANGED, about, sentence)


def signed() -> QuerySet[CSR]:
    """With `signed_at`: what the Event of the signature says."""
    events = Event.objects.filter(csr=OuterRef("pk"), verb="record_signature").order_by("-id")
    rows = CSR.objects.filter(signature__isnull=False)
    return rows.select_related("customer", "vendor_certificate").annotate(
        signed_at=Subquery(events.values("at")[:1])
    )


def look_at_signed_request(row: CSR, bench: Bench) -> Iterator[Finding]:
    """The file for Apple comes out byte for byte as it was signed, and Apple would take it."""
    about = f"signed request of {name(row)}"
    signed_at = getattr(row, "signed_at", None)
    if signed_at is None:
        yield Finding(Kind.CHANGED, about, f"No Event tells of the {about}. {ROW_CHANGED}")
    try:
        content = signed_request.assemble(row)
    except errors.PortalError:
        sentence = (
            f"The {about} is no longer what was signed: CSR, signature or chain differ from the"
            f" recorded SHA-256. {ROW_CHANGED}"
        )
        yield Finding(Kind.CHANGED, about, sentence)
        return
    try:
        verify = partial(push_request.verify, content, trust=bench.trust)
        past = bench.holds_since(lambda at: verify(now=at), signed_at or bench.now)
    except errors.PortalError as error:
        yield Finding(Kind.CHANGED, about, f"Apple would refuse the {about}. {error.sentence}")
        return
    if past:
        sentence = (
            f"The {about} holds as of {past:%Y-%m-%d %H:%M} UTC, when it was signed; a certificate"
            " of its chain has ended since."
        )
        yield Finding(Kind.PAST, about, sentence)


def name(row: CSR) -> str:
    return f"CSR {row.pk} of {row.customer}"
