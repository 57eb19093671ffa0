"""A new CSR: made here, or uploaded."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render

from onboarding import errors, lifecycle, storage
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, PushCertificate
from onboarding.pki import kinds
from onboarding.portal import access
from onboarding.portal.door import SignedInRequest, door
from onboarding.portal.forms import SubjectForm, UploadForm


@door("GET", "POST")
def csr_create(request: SignedInRequest, pk: UUID) -> HttpResponse:
    owner, renews = _asked(request, pk)
    if running := _running(renews):
        return _go_on(request, running)
    form = SubjectForm(request.POST or None, customer=owner, email=_email(request, renews))
    if form.is_valid():
        return redirect(
            lifecycle.request_csr(
                owner, subject=form.subject, by=Actor.of(request.user), renews=renews
            )
        )
    return _form_page(request, "portal/csr_create.html", form, owner, renews)


@door("GET", "POST")
def csr_upload(request: SignedInRequest, pk: UUID) -> HttpResponse:
    owner, renews = _asked(request, pk)
    if running := _running(renews):
        return _go_on(request, running)
    form = _upload_form(request)
    if form.is_valid():
        try:
            return redirect(_submit(request, form, owner, renews))
        except (errors.InvalidCSR, errors.StorageUnavailable) as error:
            form.refuse(error)
    return _form_page(request, "portal/csr_upload.html", form, owner, renews)


@transaction.atomic
def _submit(
    request: SignedInRequest, form: UploadForm, owner: Customer, renews: PushCertificate | None
) -> CSR:
    csr = lifecycle.submit_upload(
        owner,
        der=form.der,
        upload=storage.name_of(storage.UPLOADS, form.content),
        by=Actor.of(request.user),
        renews=renews,
    )
    # Within the transaction: what is refused leaves no file, and a file that cannot be kept no
    # row. A crash before the end leaves an orphan file, never a row that points at nothing.
    storage.put(storage.UPLOADS, form.content)
    return csr


def _upload_form(request: SignedInRequest) -> UploadForm:
    if request.method == "POST":
        return UploadForm(request.POST, request.FILES, take=kinds.csr_der)
    return UploadForm(take=kinds.csr_der)


def _asked(request: SignedInRequest, pk: UUID) -> tuple[Customer, PushCertificate | None]:
    owner = access.customer(request.user, pk)
    access.demand_to_act(request.user, owner)
    return owner, access.renewed(owner, request.GET.get("renews"))


def _email(request: SignedInRequest, renews: PushCertificate | None) -> str:
    """What a renewal's CSR said before, if it said anything."""
    return (renews and renews.csr.email) or request.user.email


def _running(renews: PushCertificate | None) -> CSR | None:
    return renews.renewals.live().first() if renews else None


def _go_on(request: SignedInRequest, running: CSR) -> HttpResponse:
    messages.info(
        request,
        "This certificate is being renewed already: go on here, or withdraw this CSR first.",
    )
    return redirect(running)


def _form_page(
    request: SignedInRequest,
    template: str,
    form: SubjectForm | UploadForm,
    owner: Customer,
    renews: PushCertificate | None,
) -> HttpResponse:
    context = {
        "form": form,
        "customer": owner,
        "renews": renews,
        # Asked only where a second certificate may be a mistake.
        "active": None if renews else owner.push_certificates.active().first(),
    }
    return render(request, template, context, status=form.status)
