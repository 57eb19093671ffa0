"""Staff delete a push key at the customer's wish: first what it means, then, by POST, the deed."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from onboarding import errors, lifecycle
from onboarding.admin import fragments
from onboarding.admin.page import staff
from onboarding.lifecycle import Actor
from onboarding.models import CSR


def delete(request: HttpRequest, csr: CSR) -> HttpResponse:
    """GET asks, POST acts; whoever may not destroy keys gets neither."""
    if not Actor.of(staff(request)).may("destroy_key"):
        raise PermissionDenied
    if request.method != "POST":
        return TemplateResponse(
            request, "admin/onboarding/csr/delete_key.html", _page(request, csr)
        )
    try:
        lifecycle.destroy_key(csr, by=Actor.of(staff(request)))
    except errors.PortalError as error:
        messages.error(request, error.sentence)
    else:
        messages.success(request, f"{csr}: the key is being deleted.")
    return redirect(fragments.address_of(csr))


def may_delete(csr: CSR, *, by: Actor) -> bool:
    """Whether to offer it; the verb asks again."""
    return by.may("destroy_key") and csr.keeps_key and not csr.is_live


def _page(request: HttpRequest, csr: CSR) -> dict[str, Any]:
    """Any: Unfold's context beside our own."""
    return {
        **admin.site.each_context(request),
        "title": "Delete the push key",
        "opts": CSR._meta,
        "csr": csr,
        "fingerprint": fragments.grouped(csr.public_key_sha256),
        "certificate": getattr(csr, "push_certificate", None),
        "may_delete": may_delete(csr, by=Actor.of(staff(request))),
        "back": fragments.address_of(csr),
    }
