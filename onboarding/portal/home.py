"""The first page after signing in."""

from collections import defaultdict
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from onboarding.models import CSR, Customer, PushCertificate
from onboarding.portal.door import SignedInRequest, door
from onboarding.portal.standing import Standing

# A person acts for one customer, or for a handful; the page stays a page for who has more.
SHOWN = 200


@door("GET")
def home(request: SignedInRequest) -> HttpResponse:
    """With one customer, its page is the overview."""
    customers = list(Customer.objects.visible_to(request.user)[:SHOWN])
    if len(customers) == 1:
        return redirect(customers[0])
    return render(request, "portal/home.html", {"rows": _with_standing(customers)})


def _with_standing(customers: list[Customer]) -> list[tuple[Customer, Standing]]:
    certificates: dict[UUID, list[PushCertificate]] = defaultdict(list)
    for certificate in PushCertificate.objects.active().filter(customer__in=customers):
        certificates[certificate.customer_id].append(certificate)
    csrs: dict[UUID, list[CSR]] = defaultdict(list)
    for csr in CSR.objects.live().filter(customer__in=customers).order_by("requested_at", "id"):
        csrs[csr.customer_id].append(csr)
    now = timezone.now()
    return [(one, Standing.of(certificates[one.pk], csrs[one.pk], now=now)) for one in customers]
