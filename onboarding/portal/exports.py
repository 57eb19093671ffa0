"""Key and certificate as a file: asked for with a passphrase, waited for, downloaded once."""

import logging
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django_htmx.http import HTMX_STOP_POLLING

from onboarding import errors, lifecycle, reasons, seal, storage, stuck
from onboarding.custody import disposal, public
from onboarding.errors import gettext_noop
from onboarding.lifecycle import Actor
from onboarding.models import Export, PushCertificate
from onboarding.portal import access, downloads
from onboarding.portal.door import SignedInRequest, door
from onboarding.portal.export_form import ExportForm
from onboarding.stuck import Part

logger = logging.getLogger(__name__)

# How often the page asks, in seconds: the worker takes moments, the person their time.
_SECONDS = {"asked": 1, "ready": 2, "late": 5, "told": 5}
_KINDS = {
    Export.Form.PKCS12: ("p12", "application/x-pkcs12"),
    Export.Form.PEM: ("pem", "application/x-pem-file"),
}


@door("GET", "POST")
@sensitive_post_parameters()
def export_create(request: SignedInRequest, pk: UUID) -> HttpResponse:
    certificate = access.certificate(request.user, pk)
    access.demand_admin(request.user, certificate.customer)
    if not certificate.keeps_key:
        messages.info(request, gettext("The portal keeps no key for this certificate."))
        return redirect(certificate)
    custody_public_key = _custody_public_key()
    form = ExportForm(request.POST or None)
    if form.is_valid():
        return redirect(_ask(request, certificate, form, custody_public_key))
    context = {
        "certificate": certificate,
        "customer": certificate.customer,
        "form": form,
        "waiting": access.waiting_exports(request.user, certificate.customer).filter(
            push_certificate=certificate
        ),
    }
    status = 422 if form.is_bound else 200
    return render(request, "portal/export_create.html", context, status=status)


@door("GET")
def export(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return render(request, "portal/export.html", _context(access.export(request.user, pk)))


@door("GET")
def export_progress(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The page's body when it is another than ?seen=, nothing while it is the same."""
    context = _context(access.export(request.user, pk))
    if request.GET.get("seen") == context["shown"]:
        return HttpResponse(status=204)
    status = 200 if context["poll_seconds"] else HTMX_STOP_POLLING
    return render(request, "portal/export_progress.html", context, status=status)


@door("GET", "POST")
def export_file(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The one download. Whatever looks at links in advance sends no POST, and takes nothing."""
    row = access.export(request.user, pk)
    if request.method != "POST":
        return redirect(row)
    if not row.is_offered(timezone.now()):
        return _gone(request, row)
    try:
        content = storage.get(row.file)
    except errors.DamagedRecord as error:
        raise errors.DamagedRecord(
            gettext_noop(
                "The file was damaged in storage, so it is not handed out. Ask for a new export."
            )
        ) from error
    try:
        lifecycle.fetch_export(row, by=Actor.of(request.user))
    except errors.ExportGone:
        return _gone(request, row)
    _end(row, by=Actor.of(request.user))
    suffix, kind = _KINDS[Export.Form(row.form)]
    name = downloads.bundle_name(row.push_certificate, suffix=suffix)
    return downloads.attachment(content, name, kind=kind)


def _custody_public_key() -> str:
    try:
        return public.current()
    except errors.InvalidSeal as error:
        logger.error("Nothing can be exported: %s", error.sentence)
        raise errors.InvalidSeal(
            gettext_noop(
                "Exports are not set up on this portal, so a passphrase could not be kept safe."
                " Please tell your vendor."
            )
        ) from error


@sensitive_variables("form")
def _ask(
    request: SignedInRequest,
    certificate: PushCertificate,
    form: ExportForm,
    custody_public_key: str,
) -> Export:
    """The passphrase is sealed here, before it is kept anywhere or sent to anyone."""
    export_id = uuid4()
    sealed = seal.passphrase(
        form.cleaned_data["passphrase"],
        export_id=export_id,
        custody_public_key=custody_public_key,
    )
    return lifecycle.ask_export(
        certificate,
        export_id=export_id,
        form=Export.Form(form.cleaned_data["form"]),
        sealed_passphrase=sealed,
        by=Actor.of(request.user),
    )


def _end(row: Export, *, by: Actor) -> None:
    """Delete the file at once; where that fails, the sweep does it, and the person has the file."""
    try:
        disposal.end(row, by=by)
    except (errors.StorageUnavailable, errors.StillThere):
        logger.warning("The file of export %s is left to the sweep.", row.pk)


def _gone(request: SignedInRequest, row: Export) -> HttpResponse:
    row.refresh_from_db()
    return render(request, "portal/export.html", _context(row), status=410)


def _context(row: Export) -> dict[str, Any]:
    """Any: a context of values of several kinds."""
    shown = _shown(row)
    return {
        "export": row,
        "certificate": row.push_certificate,
        "customer": row.push_certificate.customer,
        "shown": shown,
        "poll_seconds": _SECONDS.get(shown),
        "may_ask": row.push_certificate.keeps_key,
    }


def _shown(row: Export) -> str:
    """What the page says: asked, late, told (late, and staff know), ready, failed, fetched or
    expired.
    """
    now = timezone.now()
    if row.fetched_at:
        return "fetched"
    if row.failure:
        return "failed"
    if row.state == Export.State.GONE or now >= row.until:
        return "expired"
    if row.is_offered(now):
        return "ready"
    if row.asked_at >= now - stuck.patience():
        return "asked"
    return "told" if reasons.is_told_of(Part.EXPORTS) else "late"
