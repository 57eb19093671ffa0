"""The end of a push key, at its customer's wish."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.portal import access
from onboarding.portal.door import SignedInRequest, door


@door("GET", "POST")
def key_delete(request: SignedInRequest, pk: UUID) -> HttpResponse:
    row = access.csr(request.user, pk)
    access.demand_to_act(request.user, row.customer)
    certificate = getattr(row, "push_certificate", None)
    back = certificate or row
    if not row.keeps_key:
        messages.info(request, gettext("There is no key here that could be deleted."))
        return redirect(back)
    if request.method == "POST":
        lifecycle.destroy_key(row, by=Actor.of(request.user))
        messages.success(
            request, gettext("The key is being deleted; it can no longer be exported.")
        )
        return redirect(back)
    context = {"csr": row, "customer": row.customer, "certificate": certificate, "back": back}
    return render(request, "portal/key_delete.html", context)
