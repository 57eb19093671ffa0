"""Files to take away, each compared with its record before it is handed out."""

from hashlib import sha256
from uuid import UUID

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from onboarding import errors, signed_request
from onboarding.models import CSR, PushCertificate
from onboarding.pki import csr as pki_csr
from onboarding.pki import pem
from onboarding.portal import access
from onboarding.portal.door import SignedInRequest, door

_TELL = "so it is not handed out. Please tell your vendor."


@door("GET")
def signed_request_file(request: SignedInRequest, pk: UUID) -> HttpResponse:
    row = access.csr(request.user, pk)
    content = signed_request.assemble(row)
    return attachment(content, signed_request.file_name(row), kind="application/octet-stream")


@door("GET")
def csr_file(request: SignedInRequest, pk: UUID) -> HttpResponse:
    row = access.csr(request.user, pk)
    text = pem.encode("CERTIFICATE REQUEST", _intact(row))
    return attachment(text.encode(), f"csr-{str(row.pk)[:8]}.pem", kind="application/x-pem-file")


@door("GET")
def certificate_file(request: SignedInRequest, pk: UUID) -> HttpResponse:
    row = access.certificate(request.user, pk)
    der = bytes(row.der)
    if sha256(der).hexdigest() != row.fingerprint_sha256:
        raise errors.DamagedRecord(
            f"The certificate no longer matches its recorded fingerprint, {_TELL}"
        )
    text = pem.encode("CERTIFICATE", der)
    name = certificate_name(row, suffix="pem")
    return attachment(text.encode(), name, kind="application/x-pem-file")


def certificate_name(row: PushCertificate, *, suffix: str) -> str:
    return f"push-certificate-{row.not_after:%Y-%m-%d}-{row.serial[-8:].lower()}.{suffix}"


def _intact(row: CSR) -> bytes:
    if row.der is None:
        raise errors.WrongState("The key of this CSR is still being made. Try again in a moment.")
    try:
        parsed = pki_csr.parse(bytes(row.der))
    except errors.PortalError as error:
        raise errors.DamagedRecord(f"The CSR cannot be read any more, {_TELL}") from error
    if parsed.public_key_sha256 != row.public_key_sha256:
        raise errors.DamagedRecord(f"The CSR no longer matches its recorded key, {_TELL}")
    return parsed.der


def attachment(content: bytes, name: str, *, kind: str) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=name)
    # The door says no-store, and SecurityMiddleware nosniff.
    return HttpResponse(content, kind, headers={"Content-Disposition": disposition or ""})
