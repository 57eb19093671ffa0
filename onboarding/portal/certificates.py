"""A push certificate's page, and the way into its renewal."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import PushCertificate
from onboarding.portal import access, intake
from onboarding.portal.commands import Commands
from onboarding.portal.door import SignedInRequest, door
from onboarding.portal.servers import SERVERS, Server
from onboarding.portal.standing import health


@door("GET")
def certificate(request: SignedInRequest, pk: UUID) -> HttpResponse:
    row = access.certificate(request.user, pk)
    context = {
        "certificate": row,
        "customer": row.customer,
        "health": health(row, now=timezone.now()),
        "may_export": access.may_export(request.user, row.customer),
        "waiting": access.waiting_exports(request.user, row.customer).filter(push_certificate=row),
        "may_act": access.may_act(request.user, row.customer),
        "renewal": row.renewals.live().first(),
        "successor": PushCertificate.objects.filter(predecessor=row).first(),
        "commands": Commands.about(row),
        "servers": SERVERS,
        "server": Server.named(request.GET.get("server")),
    }
    return render(request, "portal/certificate.html", context)


@door("GET", "POST")
def installed(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The MDM server has it, whichever way it came there."""
    row = access.certificate(request.user, pk)
    access.demand_to_act(request.user, row.customer)
    if request.method != "POST":
        return redirect(row)
    lifecycle.confirm_installed(row, by=Actor.of(request.user))
    messages.success(request, gettext("Noted: your MDM server has the certificate."))
    return redirect(row.customer)


@door("GET")
def renew(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Where mails and calendars lead: into the renewal, wherever it stands by then."""
    row = access.certificate(request.user, pk)
    if row.state != PushCertificate.State.ACTIVE:
        messages.info(
            request, gettext("This certificate is not active any more, so it is not renewed.")
        )
        return redirect(getattr(row, "successor", row))
    if running := row.renewals.live().first():
        return redirect(running)
    if not access.may_act(request.user, row.customer):
        found = gettext("An admin of %(customer)s renews this certificate. Please tell them.")
        messages.info(request, found % {"customer": row.customer})
        return redirect(row)
    return redirect(intake.entrance(row))
