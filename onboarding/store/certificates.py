"""Push certificates: each against its CSR, its issuer, and what was recorded of it."""

from collections.abc import Iterator
from functools import partial

from django.db.models import QuerySet

from onboarding import errors
from onboarding.models import CSR, PushCertificate, Topic
from onboarding.pki import push_certificate as pki
from onboarding.store.bench import Bench
from onboarding.store.finding import ROW_CHANGED, Finding, Kind


def active_and_past() -> QuerySet[PushCertificate]:
    rows = PushCertificate.objects.select_related("customer", "csr__renews")
    return rows.defer("csr__signature", "csr__renews__der")


def look(row: PushCertificate, bench: Bench) -> Iterator[Finding]:
    about = name(row)
    try:
        parsed = pki.parse(bytes(row.der))
        # The key of an imported one is known from itself alone.
        key = parsed.public_key_sha256 if row.is_imported else row.csr.public_key_sha256
        verify = partial(pki.verify, bytes(row.der), public_key_sha256=key, trust=bench.trust)
        then = row.not_before if row.is_imported else row.activated_at
        past = bench.holds_since(lambda at: verify(now=at), then)
    except errors.PortalError as error:
        sentence = f"The {about} does not hold. {error.sentence} {ROW_CHANGED}"
        yield Finding(Kind.CHANGED, about, sentence)
        return
    if past:
        event = "issued" if row.is_imported else "activated"
        sentence = f"The {about} holds as of {past:%Y-%m-%d}, when it was {event}, not now."
        yield Finding(Kind.PAST, about, sentence)
    for what in _differences(row, parsed):
        sentence = f"The {about} has another {what} than the row. {ROW_CHANGED}"
        yield Finding(Kind.CHANGED, about, sentence)
    for sentence in _misplaced(row):
        yield Finding(Kind.CHANGED, about, f"The {about} {sentence} {ROW_CHANGED}")


def _differences(row: PushCertificate, parsed: pki.PushCertificate) -> Iterator[str]:
    columns = ("topic", "serial", "issuer", "not_before", "not_after", "fingerprint_sha256")
    for column in columns:
        if getattr(row, column) != getattr(parsed, column):
            yield column.removesuffix("_sha256").replace("_", " ")


def _misplaced(row: PushCertificate) -> Iterator[str]:
    """How the row does not fit to its CSR, its customer, or what it renews."""
    if not Topic.objects.filter(name=row.topic, customer=row.customer_id).exists():
        yield "has a topic that is not registered for its customer."
    if row.is_imported:
        return
    csr = row.csr
    if csr.customer_id != row.customer_id:
        yield "and its CSR belong to different customers."
    if csr.state != CSR.State.FULFILLED:
        yield f"belongs to a CSR that is “{csr.get_state_display()}”."
    if csr.renews and csr.renews.topic != row.topic:
        yield "has another topic than the certificate that it renews."


def name(row: PushCertificate) -> str:
    return f"push certificate {row.serial} of {row.customer} ({row.topic})"
