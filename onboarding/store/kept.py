"""Files that rows name: read back from storage, and compared with the row."""

from collections.abc import Callable, Generator, Iterator

from django.db.models import QuerySet

from onboarding import errors, storage
from onboarding.models import CSR, Attachment, CustomerImport, Export, PushCertificate
from onboarding.models.export import LIFETIME
from onboarding.pki import kinds
from onboarding.store import certificates, requests
from onboarding.store.bench import GRACE, Bench
from onboarding.store.finding import Finding, Kind

_RESTORE = "Bring the file back from a backup of the storage"


def sealed_keys() -> QuerySet[CSR]:
    return CSR.objects.exclude(sealed_key="").select_related("customer").defer("der", "signature")


def look_at_sealed_key(row: CSR, bench: Bench) -> Iterator[Finding]:
    """There, whole, and it opens to the key of its CSR; or gone, when it was to be destroyed."""
    what = f"sealed push key of {requests.name(row)}"
    if row.key_gone_at:
        # One that came back is found among the files, under whichever of its names.
        return
    if row.key_destroyed_at:
        if row.key_destroyed_at < bench.now - GRACE:
            yield from _gone(row.sealed_key, f"The {what} was to be destroyed")
        return
    sealed = yield from _read(row.sealed_key, what, "without it the key is lost")
    if sealed is not None:
        yield from _opened(row, sealed, bench, what)


def _opened(row: CSR, sealed: bytes, bench: Bench, what: str) -> Iterator[Finding]:
    if bench.ring is None:
        yield Finding(Kind.UNCHECKED, row.sealed_key, f"The {what} was not opened.")
        return
    if row.custody_key and row.custody_key not in bench.ring.names:
        sentence = (
            f"The {what} was not opened: CUSTODY_PRIVATE_KEY does not hold custody key"
            f" {row.custody_key[:16]}…, to which it is sealed."
        )
        yield Finding(Kind.UNCHECKED, row.sealed_key, sentence)
        return
    try:
        bench.ring.push_key(row, sealed)
    except errors.InvalidSeal as error:
        sentence = (
            f"The {what} ({row.sealed_key}) does not open to the key of its CSR. {error.sentence}"
            " Compare the row with a backup of the database."
        )
        yield Finding(Kind.CHANGED, row.sealed_key, sentence)


def csr_uploads() -> QuerySet[CSR]:
    return CSR.objects.exclude(upload="").select_related("customer").defer("signature")


def look_at_csr_upload(row: CSR, bench: Bench) -> Iterator[Finding]:  # noqa: ARG001 - as the others
    what = f"uploaded file of {requests.name(row)}"
    yield from _upload(row.upload, what, kinds.csr_der, bytes(row.der or b""))


def certificate_uploads() -> QuerySet[PushCertificate]:
    return PushCertificate.objects.exclude(upload="").select_related("customer")


def look_at_certificate_upload(
    row: PushCertificate,
    bench: Bench,  # noqa: ARG001 - as the others
) -> Iterator[Finding]:
    what = f"uploaded file of {certificates.name(row)}"
    yield from _upload(row.upload, what, kinds.certificate_der, bytes(row.der))


def attachments() -> QuerySet[Attachment]:
    return Attachment.objects.select_related("customer")


def look_at_attachment(row: Attachment, bench: Bench) -> Iterator[Finding]:  # noqa: ARG001 - as the others
    what = f"file “{row.name}” that staff keep with {row.customer}"
    yield from _read(row.file, what, "it is the evidence of what came")


def reports() -> QuerySet[CustomerImport]:
    return CustomerImport.objects.exclude(report="")


def look_at_report(row: CustomerImport, bench: Bench) -> Iterator[Finding]:  # noqa: ARG001 - as the others
    yield from _read(row.report, f"report of import {row.pk}", "it says what was taken in")


def exports() -> QuerySet[Export]:
    return Export.objects.exclude(file="").select_related("push_certificate__customer")


def look_at_export(row: Export, bench: Bench) -> Iterator[Finding]:
    """There and whole while it is offered, gone once its hour is over."""
    what = f"file of export {row.pk} ({certificates.name(row.push_certificate)})"
    if row.state == Export.State.GONE or row.asked_at < bench.now - LIFETIME - GRACE:
        yield from _gone(row.file, f"The {what} was to be gone")
    elif row.is_offered(bench.now):
        yield from _read(row.file, what, "or let its owner ask for another export")


def _upload(name: str, what: str, take: Callable[[bytes], bytes], der: bytes) -> Iterator[Finding]:
    content = yield from _read(name, what, "it is the evidence of what came")
    if content is None:
        return
    try:
        same = take(content) == der
    except errors.PortalError:
        same = False
    if not same:
        sentence = (
            f"The {what} ({name}) holds something else than the row that was made from it."
            " Compare the row with a backup of the database."
        )
        yield Finding(Kind.CHANGED, name, sentence)


def _read(name: str, what: str, why: str) -> Generator[Finding, None, bytes | None]:
    try:
        return storage.get(name)
    except errors.DamagedRecord:
        if storage.exists(name):
            sentence = f"The {what} has changed in storage: {name}. {_RESTORE}; {why}."
            yield Finding(Kind.CHANGED, name, sentence)
        else:
            sentence = f"The {what} is missing from storage: {name}. {_RESTORE}; {why}."
            yield Finding(Kind.MISSING, name, sentence)
    return None


def _gone(name: str, what: str) -> Iterator[Finding]:
    if storage.exists(name):
        sentence = f"{what}, and is still in storage: {name}. Delete the file."
        yield Finding(Kind.LEFT, name, sentence)
