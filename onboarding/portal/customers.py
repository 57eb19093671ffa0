"""A customer's overview, its history, and its Apple Account."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import Customer
from onboarding.models.csr import LIVE
from onboarding.portal import access
from onboarding.portal.door import SignedInRequest, door
from onboarding.portal.forms import AppleAccountForm
from onboarding.portal.standing import Standing, health

CLOSED_ON_A_PAGE = 20


@door("GET")
def customer(request: SignedInRequest, pk: UUID) -> HttpResponse:
    owner = access.customer(request.user, pk)
    context = {
        "customer": owner,
        "may_act": access.may_act(request.user, owner),
        **_present(owner),
    }
    return render(request, "portal/customer.html", context)


@door("GET")
def history(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Every CSR that is over, newest first, and the certificate that it led to."""
    owner = access.customer(request.user, pk)
    rows = owner.csrs.exclude(state__in=LIVE).select_related("requested_by", "push_certificate")
    context = {
        "customer": owner,
        "may_act": access.may_act(request.user, owner),
        "closed": Paginator(rows, CLOSED_ON_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "portal/history.html", context)


@door("GET", "POST")
def apple_account(request: SignedInRequest, pk: UUID) -> HttpResponse:
    owner = access.customer(request.user, pk)
    access.demand_to_act(request.user, owner)
    form = AppleAccountForm(request.POST or None, initial={"apple_account": owner.apple_account})
    if form.is_valid():
        address = form.cleaned_data["apple_account"]
        lifecycle.set_apple_account(owner, apple_account=address, by=Actor.of(request.user))
        messages.success(request, "The Apple Account is noted.")
        return redirect(owner)
    context = {"customer": owner, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "portal/apple_account.html", context, status=status)


def _present(owner: Customer) -> dict[str, Any]:
    """What is in force and what is under way. Any: a context of rows of several kinds."""
    now = timezone.now()
    certificates = list(owner.push_certificates.active().select_related("csr"))
    csrs = list(owner.csrs.live().select_related("requested_by").order_by("requested_at", "id"))
    renewals = {csr.renews_id: csr for csr in csrs if csr.renews_id}
    return {
        "standing": Standing.of(certificates, csrs, now=now),
        "certificates": [(one, health(one, now=now), renewals.get(one.pk)) for one in certificates],
        "csrs": csrs,
    }
