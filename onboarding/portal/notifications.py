"""Who is told of a customer's certificates, and when."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from onboarding import errors, language, lifecycle, reminders
from onboarding.lifecycle import Actor
from onboarding.models import CalendarFeed, Contact, Customer, Membership, Reminder
from onboarding.portal import access
from onboarding.portal.contact_form import ContactForm
from onboarding.portal.door import SignedInRequest, door

_TOLD = "told"
# The newest of what was told; all of it is in the mails themselves.
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Reader:
    """A row of the list: `value` is what its checkbox sends."""

    value: str
    name: str
    email: str
    is_told: bool
    membership: Membership | None = None
    contact: Contact | None = None


@door("GET", "POST")
def notifications(request: SignedInRequest, pk: UUID) -> HttpResponse:
    owner = access.customer(request.user, pk)
    if request.method != "POST":
        return _page(request, owner)
    access.demand_to_act(request.user, owner)
    chosen = set(request.POST.getlist(_TOLD))
    on = [reader for reader in _readers(owner) if reader.value in chosen]
    if not on:
        return _page(request, owner, chosen=chosen, refusal=_nobody(owner))
    lifecycle.choose_readers(
        owner,
        members=[one.membership.pk for one in on if one.membership],
        contacts=[one.contact.pk for one in on if one.contact],
        by=Actor.of(request.user),
    )
    messages.success(request, gettext("It is noted who is told."))
    return redirect("portal:notifications", owner.pk)


@door("GET", "POST")
def contact(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """A new contact, or with ?contact= one that is there."""
    owner = access.customer(request.user, pk)
    access.demand_to_act(request.user, owner)
    known = _contact(owner, request.GET["contact"]) if "contact" in request.GET else None
    form = ContactForm(request.POST or None, contact=known)
    if form.is_valid():
        try:
            _keep(owner, known, form, by=Actor.of(request.user))
        except errors.InvalidContact as error:
            form.add_error("email", language.told(error))
        else:
            messages.success(request, gettext("The contact is noted."))
            return redirect("portal:notifications", owner.pk)
    context = {"customer": owner, "form": form, "contact": known}
    status = 422 if form.is_bound else 200
    return render(request, "portal/contact.html", context, status=status)


@door("GET", "POST")
def contact_remove(request: SignedInRequest, pk: UUID) -> HttpResponse:
    owner = access.customer(request.user, pk)
    access.demand_to_act(request.user, owner)
    known = _contact(owner, request.GET.get("contact", ""))
    if request.method == "POST":
        lifecycle.remove_contact(known, by=Actor.of(request.user))
        messages.success(request, gettext("The contact is removed."))
        return redirect("portal:notifications", owner.pk)
    context = {"customer": owner, "contact": known}
    return render(request, "portal/contact_remove.html", context)


def _keep(owner: Customer, known: Contact | None, form: ContactForm, *, by: Actor) -> None:
    if known:
        lifecycle.change_contact(known, **form.cleaned_data, by=by)
    else:
        lifecycle.add_contact(owner, **form.cleaned_data, by=by)


def _contact(owner: Customer, pk: str) -> Contact:
    if not pk.isdecimal():
        raise Http404
    return get_object_or_404(owner.contacts, pk=pk)


def _page(
    request: SignedInRequest,
    owner: Customer,
    *,
    chosen: set[str] | None = None,
    refusal: str = "",
) -> HttpResponse:
    """The page as things stand, or with the switches as they were `chosen` and refused."""
    now = timezone.now()
    certificates = owner.push_certificates.active()
    context: dict[str, Any] = {
        "customer": owner,
        "may_act": access.may_act(request.user, owner),
        "readers": [
            one if chosen is None else replace(one, is_told=one.value in chosen)
            for one in _readers(owner)
        ],
        "refusal": refusal,
        "is_anybody_told": bool(owner.readers()),
        "feed": CalendarFeed.objects.filter(customer=owner).first(),
        "upcoming": [(one, reminders.next_day(one.not_after, now=now)) for one in certificates],
        "told": Reminder.objects.filter(push_certificate__customer=owner).select_related(
            "push_certificate"
        )[:_SHOWN],
    }
    status = 422 if refusal else 200
    return render(request, "portal/notifications.html", context, status=status)


def _readers(owner: Customer) -> Iterator[Reader]:
    for member in owner.memberships.select_related("user").order_by("user__name", "id"):
        if member.user.is_active:
            yield Reader(
                f"m{member.pk}",
                member.user.name,
                member.user.email,
                member.wants_reminders,
                membership=member,
            )
    for one in owner.contacts.order_by("email", "id"):
        yield Reader(f"c{one.pk}", one.name, one.email, one.wants_reminders, contact=one)


def _nobody(owner: Customer) -> str:
    found = gettext(
        "Nobody would be told that push of %(customer)s ends. Leave at least one address on; add"
        " another one first if none of these is right."
    )
    return found % {"customer": owner}
