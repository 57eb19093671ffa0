"""Staff send the renewal mail of one certificate, after they have read who gets it."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from onboarding import lifecycle, reminders
from onboarding.admin import fragments
from onboarding.admin.deed import ask_and_do
from onboarding.admin.page import staff
from onboarding.lifecycle import Actor, reminding
from onboarding.models import CSR, PushCertificate, User


def may_remind(certificate: PushCertificate, *, by: User) -> bool:
    """Whether to offer it; the verb asks again."""
    is_active = certificate.state == PushCertificate.State.ACTIVE
    is_open = certificate.customer.closed_at is None
    return is_active and is_open and by.has_perm("onboarding.remind_customers")


def ahead(possible_from: datetime | None, *, now: datetime) -> str:
    """When it can be sent again, while it cannot; empty otherwise."""
    is_ahead = possible_from is not None and possible_from > now
    return fragments.moment(possible_from) if is_ahead else ""


def remind(request: HttpRequest, certificate: PushCertificate) -> HttpResponse:
    readers = sorted(certificate.customer.readers())
    page = {
        "title": f"Send {certificate.customer} the renewal mail now",
        "button": "Send it now",
        "tone": "success",
        "done": f"The renewal mail is on its way to {', '.join(readers)}.",
        "why_not": _why_not(certificate),
        "means": _means(certificate, readers, now=timezone.now()),
    }

    def act(_: Any) -> None:
        lifecycle.remind_now(certificate, by=Actor.of(staff(request)))

    return ask_and_do(
        request,
        certificate,
        permission="remind_customers",
        form=forms.Form(request.POST if request.method == "POST" else None),
        act=act,
        page=page,
    )


def _why_not(certificate: PushCertificate) -> str:
    if certificate.customer.closed_at:
        return f"{certificate.customer} is closed, so nobody there is reminded of anything."
    if certificate.state != PushCertificate.State.ACTIVE:
        state = certificate.get_state_display().lower()
        return f"This certificate is {state}, so nobody is reminded of its end."
    return ""


def _means(certificate: PushCertificate, readers: list[str], *, now: datetime) -> list[str]:
    told = f"It goes to {', '.join(readers)}." if readers else "Nobody there wants reminders."
    last = reminding.last_told(certificate)
    next_day = reminders.next_day(certificate.not_after, now=now)
    return [
        told,
        f"Topic: {certificate.topic}. It ends on {fragments.moment(certificate.not_after)}.",
        _renewal(certificate),
        f"The last mail about its end is of {fragments.moment(last)}."
        if last
        else "No mail about its end was written yet.",
        f"Its reminders go on by themselves, the next one on {next_day} (UTC).",
    ]


def _renewal(certificate: PushCertificate) -> str:
    under_way = certificate.renewals.live().first()
    if under_way is None:
        return "No renewal is under way; the mail leads into one."
    if under_way.state == CSR.State.SIGNED:
        return "A renewal is under way, and the customer has the next step: the mail says so."
    return "A renewal is under way, and the next step is ours: the mail says so."
