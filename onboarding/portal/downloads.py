"""Files to take away, each compared with its record before it is handed out."""

from hashlib import sha256
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import content_disposition_header

from onboarding import errors, lifecycle, signed_request
from onboarding.errors import gettext_noop
from onboarding.lifecycle import Actor
from onboarding.models import CSR, PushCertificate
from onboarding.pki import csr as pki_csr
from onboarding.pki import pem
from onboarding.portal import access, apple
from onboarding.portal.door import SignedInRequest, door


@door("GET")
def signed_request_file(request: SignedInRequest, pk: UUID) -> HttpResponse:
    row = access.csr(request.user, pk)
    may_act = access.may_act(request.user, row.customer)
    if row.state == CSR.State.SIGNED and not apple.account_for(row):
        # In a year nobody would know under which account it was.
        if may_act:
            return redirect(f"{reverse('portal:apple_account', args=[row.customer_id])}?csr={pk}")
        raise errors.WrongState(
            gettext_noop(
                "The Apple Account is not noted yet, and the visit to Apple needs it. An admin of"
                " %(customer)s notes it first."
            ),
            customer=row.customer,
        )
    content = signed_request.assemble(row)
    if request.method == "GET":
        lifecycle.download_signed_request(row, by=Actor.of(request.user))
    return attachment(content, signed_request.file_name(row), kind="application/octet-stream")


@door("GET")
def csr_file(request: SignedInRequest, pk: UUID) -> HttpResponse:
    row = access.csr(request.user, pk)
    text = pem.encode("CERTIFICATE REQUEST", _intact(row))
    if request.method == "GET":
        lifecycle.download_csr(row, by=Actor.of(request.user))
    return attachment(text.encode(), f"csr-{str(row.pk)[:8]}.pem", kind="application/x-pem-file")


@door("GET")
def certificate_file(request: SignedInRequest, pk: UUID) -> HttpResponse:
    row = access.certificate(request.user, pk)
    der = bytes(row.der)
    if sha256(der).hexdigest() != row.fingerprint_sha256:
        raise errors.DamagedRecord(
            gettext_noop(
                "The certificate no longer matches its recorded fingerprint, so it is not handed"
                " out. Please tell your vendor."
            )
        )
    text = pem.encode("CERTIFICATE", der)
    name = certificate_name(row)
    if request.method == "GET":
        lifecycle.download_certificate(row, by=Actor.of(request.user))
    return attachment(text.encode(), name, kind="application/x-pem-file")


def certificate_name(row: PushCertificate) -> str:
    return f"push-certificate-{_mark(row)}.pem"


def bundle_name(row: PushCertificate, *, suffix: str) -> str:
    """Of an export: never the name of the certificate alone, beside which it will lie."""
    return f"push-key-and-certificate-{_mark(row)}.{suffix}"


def _mark(row: PushCertificate) -> str:
    """What tells apart the certificates of one folder: their end, and of their serial the end."""
    return f"{row.not_after:%Y-%m-%d}-{row.serial[-8:].lower()}"


def _intact(row: CSR) -> bytes:
    if row.der is None:
        raise errors.WrongState(
            gettext_noop("The key of this CSR is still being made. Try again in a moment.")
        )
    try:
        parsed = pki_csr.parse(bytes(row.der))
    except errors.PortalError as error:
        raise errors.DamagedRecord(
            gettext_noop(
                "The CSR cannot be read any more, so it is not handed out. Please tell your vendor."
            )
        ) from error
    if parsed.public_key_sha256 != row.public_key_sha256:
        raise errors.DamagedRecord(
            gettext_noop(
                "The CSR no longer matches its recorded key, so it is not handed out. Please tell"
                " your vendor."
            )
        )
    return parsed.der


def attachment(content: bytes, name: str, *, kind: str) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=name)
    # The door says no-store, and SecurityMiddleware nosniff.
    return HttpResponse(content, kind, headers={"Content-Disposition": disposition or ""})
