"""Staff mark a certificate as revoked, after they have read what follows from it."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from onboarding import lifecycle
from onboarding.admin.deed import ReasonForm, ask_and_do
from onboarding.admin.page import staff
from onboarding.lifecycle import Actor
from onboarding.models import PushCertificate, User


def may_revoke(certificate: PushCertificate, *, by: User) -> bool:
    """Whether to offer it; the verb asks again."""
    is_active = certificate.state == PushCertificate.State.ACTIVE
    return is_active and by.has_perm("onboarding.revoke_certificate")


def revoke(request: HttpRequest, certificate: PushCertificate) -> HttpResponse:
    page = {
        "title": f"Mark the certificate of {certificate.customer} as revoked",
        "button": "Mark as revoked",
        "tone": "danger",
        "done": "The certificate is marked as revoked.",
        "why_not": ""
        if certificate.state == PushCertificate.State.ACTIVE
        else f"This certificate is {certificate.get_state_display().lower()} already.",
        "means": [
            f"Topic: {certificate.topic}. Serial number: {certificate.serial}.",
            "This notes what was done at Apple’s portal or by Apple; it revokes nothing there.",
            "It is never active again here, and nobody is reminded of its end.",
            f"Renewals under way that end: {certificate.renewals.live().count()}.",
            "Exports of its key are called off. The topic stays this customer’s.",
            "The customer gets a mail with the reason.",
        ],
    }

    def act(data: Any) -> None:
        lifecycle.revoke(certificate, reason=data["reason"], by=Actor.of(staff(request)))

    return ask_and_do(
        request,
        certificate,
        permission="revoke_certificate",
        form=ReasonForm(request.POST or None),
        act=act,
        page=page,
    )
