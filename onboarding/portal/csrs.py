"""A CSR's page, from the first wish to the certificate."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django_htmx.http import HTMX_STOP_POLLING

from onboarding import errors, lifecycle, reasons, storage
from onboarding.lifecycle import Actor
from onboarding.lifecycle.withdrawal import WITHDRAWABLE
from onboarding.models import CSR
from onboarding.pki import kinds, push_certificate
from onboarding.portal import access, history, steps
from onboarding.portal.door import SignedInRequest, door
from onboarding.portal.forms import UploadForm

State = CSR.State

# How often the page asks: machines take moments, people hours.
_SECONDS = {State.REQUESTED: 1, State.SUBMITTED: 10, State.APPROVED: 2, State.FAILED: 15}


@door("GET")
def csr(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return _page(request, access.csr(request.user, pk))


@door("GET")
def csr_progress(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The page's body when the standing is another than ?seen=, nothing while it is the same."""
    row = access.csr(request.user, pk)
    if request.GET.get("seen") == _standing(row):
        return HttpResponse(status=204)
    status = 200 if State(row.state) in _SECONDS else HTMX_STOP_POLLING
    context = _context(request, row, _certificate_form())
    return render(request, "portal/csr_progress.html", context, status=status)


@door("GET", "POST")
def certificate_upload(request: SignedInRequest, pk: UUID) -> HttpResponse:
    row = access.csr(request.user, pk)
    access.demand_to_act(request.user, row.customer)
    if request.method != "POST":
        return redirect(row)
    form = UploadForm(request.POST, request.FILES, take=kinds.certificate_der)
    if form.is_valid():
        try:
            return _activate(request, row, form)
        except (errors.InvalidPushCertificate, errors.StorageUnavailable) as error:
            form.refuse(error)
            # Rolled back in the database, but not in memory.
            row = access.csr(request.user, pk)
        except errors.WrongState:
            return _moved_on(request, row)
    return _page(request, row, form)


@door("GET", "POST")
def withdraw(request: SignedInRequest, pk: UUID) -> HttpResponse:
    row = access.csr(request.user, pk)
    access.demand_to_act(request.user, row.customer)
    if request.method == "POST":
        lifecycle.withdraw(row, by=Actor.of(request.user))
        messages.success(request, "The CSR is withdrawn.")
        return redirect(row)
    if row.state not in WITHDRAWABLE:
        messages.info(request, f"There is nothing to withdraw: {row.get_state_display()}.")
        return redirect(row)
    return render(request, "portal/withdraw.html", {"csr": row, "customer": row.customer})


def _activate(request: SignedInRequest, row: CSR, form: UploadForm) -> HttpResponse:
    upload = storage.name_of(storage.UPLOADS, form.content)
    # One transaction: what is refused leaves no file, and a file that cannot be kept no row.
    with transaction.atomic():
        by = Actor.of(request.user)
        certificate = lifecycle.activate(row, der=form.der, upload=upload, by=by)
        storage.put(storage.UPLOADS, form.content)
    messages.success(request, "The certificate fits and is active now.")
    return redirect(certificate)


def _moved_on(request: SignedInRequest, row: CSR) -> HttpResponse:
    """A second tab, or a second click: show where the first one led to."""
    row.refresh_from_db()
    if row.state != State.FULFILLED:
        raise errors.WrongState(
            f"This CSR is now “{row.get_state_display()}”, so it takes no certificate. Nothing was"
            " changed."
        )
    messages.info(request, "The certificate of this CSR is active already.")
    return redirect(row.push_certificate)


def _page(request: SignedInRequest, row: CSR, form: UploadForm | None = None) -> HttpResponse:
    context = _context(request, row, form or _certificate_form())
    return render(request, "portal/csr.html", context, status=form.status if form else 200)


def _certificate_form() -> UploadForm:
    return UploadForm(take=kinds.certificate_der)


def _context(request: SignedInRequest, row: CSR, form: UploadForm) -> dict[str, Any]:
    """Any: a context of values of several kinds."""
    events = list(row.events.select_related("actor"))
    vendor_certificate = row.vendor_certificate
    return {
        "csr": row,
        "customer": row.customer,
        "form": form,
        "may_act": access.may_act(request.user, row.customer),
        "may_be_withdrawn": row.state in WITHDRAWABLE,
        "steps": steps.of(row, events),
        "history": list(history.entries(events)),
        "poll_seconds": _SECONDS.get(State(row.state)),
        "standing": _standing(row),
        # By this name Apple's portal tells the row to renew.
        "renewed_name": _common_name(row) if row.state == State.SIGNED else "",
        "is_signed_in_vain": vendor_certificate is not None
        and vendor_certificate.not_after <= timezone.now(),
    }


def _standing(row: CSR) -> str:
    """The state, or that an approved CSR is held up and the vendor knows of it."""
    return "held_up" if row.state == State.APPROVED and reasons.is_held_up() else row.state


def _common_name(row: CSR) -> str:
    return push_certificate.parse(bytes(row.renews.der)).common_name if row.renews else ""
