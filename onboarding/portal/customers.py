"""A customer's overview, its history, and its Apple Account."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, When
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer
from onboarding.portal import access
from onboarding.portal.door import SignedInRequest, door
from onboarding.portal.forms import AppleAccountForm
from onboarding.portal.standing import Standing, health

ON_A_PAGE = 20
# Of certificates in force and of CSRs under way; whoever has more finds them in the history.
SHOWN = 20
_WAITING_FIRST = Case(When(state=CSR.State.SIGNED, then=0), default=1)


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
    """Every CSR, newest first, and the certificate that came of it."""
    owner = access.customer(request.user, pk)
    rows = owner.csrs.select_related("requested_by", "push_certificate")
    context = {
        "customer": owner,
        "may_act": access.may_act(request.user, owner),
        "page": Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page")),
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
        messages.success(request, gettext("The Apple Account is noted."))
        return redirect(owner)
    context = {"customer": owner, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "portal/apple_account.html", context, status=status)


def _present(owner: Customer) -> dict[str, Any]:
    """What is in force and what is under way, bounded. Any: a context of rows of several kinds."""
    now = timezone.now()
    certificates = list(owner.push_certificates.active().select_related("csr")[:SHOWN])
    csrs = list(
        owner.csrs.live()
        .select_related("requested_by", "customer")
        .order_by(_WAITING_FIRST, "requested_at", "id")[:SHOWN]
    )
    renewals = {csr.renews_id: csr for csr in csrs if csr.renews_id}
    return {
        "standing": Standing.of(certificates, csrs, now=now),
        "certificates": [(one, health(one, now=now), renewals.get(one.pk)) for one in certificates],
        "csrs": csrs,
        "has_more": SHOWN in {len(certificates), len(csrs)},
    }
