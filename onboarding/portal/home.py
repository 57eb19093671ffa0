"""The first page after signing in: a person's customers, and how each of them stands."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import F, Min, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from onboarding.models import CSR, Customer, Membership, PushCertificate, User
from onboarding.portal import next_step
from onboarding.portal.door import SignedInRequest, door
from onboarding.portal.standing import Standing

ON_A_PAGE = 50
# Below this a search would be in the way.
SEARCHED_FROM = 10
_ENDS = Min(
    "push_certificates__not_after",
    filter=Q(push_certificates__state=PushCertificate.State.ACTIVE),
)


@dataclass(frozen=True, slots=True)
class Row:
    customer: Customer
    standing: Standing
    may_act: bool


@door("GET")
def home(request: SignedInRequest) -> HttpResponse:
    """With one customer, its page is the overview."""
    customers = Customer.objects.visible_to(request.user)
    total, query = customers.count(), request.GET.get("q", "").strip()
    if total == 1:
        return redirect(customers.get())
    found = customers.filter(name__icontains=query) if query else customers
    first = found.annotate(ends=_ENDS).order_by(F("ends").asc(nulls_last=True), "name", "id")
    page = Paginator(first, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "rows": _rows(request.user, page),
        "page": page,
        "query": query,
        "total": total,
        "has_search": total >= SEARCHED_FROM,
        "closed": [] if total else Customer.objects.closed_to(request.user),
    }
    return render(request, "portal/home.html", context)


def _rows(user: User, page: Page[Customer]) -> list[Row]:
    customers = list(page)
    certificates: dict[UUID, list[PushCertificate]] = defaultdict(list)
    active = PushCertificate.objects.active().filter(customer__in=customers)
    for certificate in active.with_old_ones():
        certificates[certificate.customer_id].append(certificate)
    csrs: dict[UUID, list[CSR]] = defaultdict(list)
    live = CSR.objects.live().filter(customer__in=customers).select_related("customer")
    for csr in next_step.told(live).order_by("requested_at", "id"):
        csrs[csr.customer_id].append(csr)
    administered = set(
        Membership.objects.filter(
            user=user, customer__in=customers, role=Membership.Role.ADMIN
        ).values_list("customer_id", flat=True)
    )
    now = timezone.now()
    return [
        Row(
            customer=one,
            standing=Standing.of(certificates[one.pk], csrs[one.pk], now=now),
            may_act=user.is_staff or one.pk in administered,
        )
        for one in customers
    ]
