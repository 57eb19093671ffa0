"""A push certificate's page."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from onboarding.models import PushCertificate
from onboarding.portal import access
from onboarding.portal.door import SignedInRequest, door
from onboarding.portal.standing import health


@door("GET")
def certificate(request: SignedInRequest, pk: UUID) -> HttpResponse:
    row = access.certificate(request.user, pk)
    context = {
        "certificate": row,
        "customer": row.customer,
        "health": health(row, now=timezone.now()),
        "may_export": access.may_export(request.user, row.customer),
        "may_act": access.may_act(request.user, row.customer),
        "renewal": row.renewals.live().first(),
        "successor": PushCertificate.objects.filter(predecessor=row).first(),
    }
    return render(request, "portal/certificate.html", context)
