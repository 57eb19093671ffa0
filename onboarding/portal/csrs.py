"""A CSR's page, from the first wish to the certificate."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django_htmx.http import HTMX_STOP_POLLING

from onboarding import errors, language, lifecycle, reasons, storage
from onboarding.lifecycle import Actor, belonging
from onboarding.lifecycle.decision import DECIDABLE
from onboarding.lifecycle.withdrawal import WITHDRAWABLE
from onboarding.models import CSR, Event, PushCertificate
from onboarding.pki import push_certificate
from onboarding.portal import access, apple, failures, history, next_step, pace, steps
from onboarding.portal.door import SignedInRequest, door
from onboarding.portal.forms import UploadForm
from onboarding.portal.standing import Health, health

State = CSR.State

_ANCHORS = {
    steps.Place.DOWNLOAD: "#download",
    steps.Place.APPLE: "#apple",
    steps.Place.UPLOAD: "#certificate",
}
# How often the page asks: machines take moments, people hours.
_SECONDS = {State.REQUESTED: 1, State.SUBMITTED: 10, State.APPROVED: 2, State.FAILED: 15}


@door("GET")
def csr(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return _page(request, access.csr(request.user, pk))


@door("GET")
def csr_progress(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The page's body when the standing is another than ?seen=, nothing while it is the same."""
    row = access.csr(request.user, pk)
    if request.GET.get("seen") == _standing(row):
        return HttpResponse(status=204)
    status = 200 if State(row.state) in _SECONDS else HTMX_STOP_POLLING
    context = _context(request, row, _certificate_form(row))
    return render(request, "portal/csr_progress.html", context, status=status)


@door("GET", "POST")
def certificate_upload(request: SignedInRequest, pk: UUID) -> HttpResponse:
    row = access.csr(request.user, pk)
    access.demand_to_act(request.user, row.customer)
    if request.method != "POST":
        return redirect(row)
    form = UploadForm(request.POST, request.FILES, take=partial(belonging.certificate_der, row))
    if form.is_valid():
        try:
            return _activate(request, row, form)
        except errors.TopicMismatch:
            return _created(request, access.csr(request.user, pk), form)
        except (errors.InvalidPushCertificate, errors.StorageUnavailable) as error:
            form.refuse(error)
            # Rolled back in the database, but not in memory.
            row = access.csr(request.user, pk)
        except errors.WrongState:
            return _moved_on(request, row)
    return _page(request, row, form)


@door("GET", "POST")
def created(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """What came back with another topic than the one to be renewed, and what to do now."""
    row = access.csr(request.user, pk)
    if request.method == "POST":
        access.demand_to_act(request.user, row.customer)
        change = get_object_or_404(row.topic_changes, topic=request.POST.get("topic", ""))
        lifecycle.want_topic_change(change, by=Actor.of(request.user))
        messages.success(request, gettext("You asked for it. You get a mail once it is decided."))
        return redirect("portal:created", pk=row.pk)
    latest = row.topic_changes.select_related("wanted_by").first()
    if latest is None:
        return redirect(row)
    context = {**_context(request, row, _certificate_form(row)), "change": latest}
    return render(request, "portal/created.html", context)


@door("GET")
def created_meant(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Asks whether the new topic is meant, before staff are asked to allow it."""
    row = access.csr(request.user, pk)
    access.demand_to_act(request.user, row.customer)
    latest = row.topic_changes.first()
    if latest is None or latest.wanted_at or latest.is_decided or row.state != State.SIGNED:
        return redirect("portal:created", pk=row.pk)
    context = {"csr": row, "customer": row.customer, "change": latest}
    return render(request, "portal/created_meant.html", context)


@door("GET", "POST")
def withdraw(request: SignedInRequest, pk: UUID) -> HttpResponse:
    row = access.csr(request.user, pk)
    access.demand_to_act(request.user, row.customer)
    if request.method == "POST":
        lifecycle.withdraw(row, by=Actor.of(request.user))
        messages.success(request, gettext("The CSR is withdrawn."))
        return redirect(row)
    if row.state not in WITHDRAWABLE:
        messages.info(
            request,
            gettext("There is nothing to withdraw: %(state)s.")
            % {"state": row.get_state_display()},
        )
        return redirect(row)
    return render(request, "portal/withdraw.html", {"csr": row, "customer": row.customer})


def _activate(request: SignedInRequest, row: CSR, form: UploadForm) -> HttpResponse:
    upload = storage.name_of(storage.UPLOADS, form.content)
    # One transaction: what is refused leaves no file, and a file that cannot be kept no row.
    with transaction.atomic():
        by = Actor.of(request.user)
        certificate = lifecycle.activate(row, der=form.der, upload=upload, by=by)
        storage.put(storage.UPLOADS, form.content)
    messages.success(request, gettext("The certificate fits and is active now."))
    return redirect(certificate)


def _created(request: SignedInRequest, row: CSR, form: UploadForm) -> HttpResponse:
    """Created at Apple, not renewed: noted, so that its page is there on any device."""
    lifecycle.note_topic_change(row, der=form.der, by=Actor.of(request.user))
    return redirect("portal:created", pk=row.pk)


def _moved_on(request: SignedInRequest, row: CSR) -> HttpResponse:
    """A second tab, or a second click: show where the first one led to."""
    row.refresh_from_db()
    if row.state != State.FULFILLED:
        raise errors.WrongState(
            errors.gettext_noop(
                "This CSR is now “%(state)s”, so it takes no certificate. Nothing was changed."
            ),
            state=language.marked(State(row.state).label),
        )
    messages.info(request, gettext("The certificate of this CSR is active already."))
    return redirect(row.push_certificate)


def _page(request: SignedInRequest, row: CSR, form: UploadForm | None = None) -> HttpResponse:
    context = _context(request, row, form or _certificate_form(row))
    return render(request, "portal/csr.html", context, status=form.status if form else 200)


def _certificate_form(row: CSR) -> UploadForm:
    return UploadForm(take=partial(belonging.certificate_der, row))


def _context(request: SignedInRequest, row: CSR, form: UploadForm) -> dict[str, Any]:
    """Any: a context of values of several kinds."""
    events = list(row.events.select_related("actor"))
    vendor_certificate = row.vendor_certificate
    account, may_act = apple.account_for(row), access.may_act(request.user, row.customer)
    is_signed = row.state == State.SIGNED
    return {
        "csr": row,
        "customer": row.customer,
        "form": form,
        "may_act": may_act,
        "may_be_withdrawn": row.state in WITHDRAWABLE,
        "steps": _steps(row, events, has_account=bool(account), may_act=may_act),
        "history": list(history.entries(events)),
        "poll_seconds": _SECONDS.get(State(row.state)),
        "standing": _standing(row),
        "account": account,
        "pace": pace.current() if row.state == State.SUBMITTED else None,
        "fewest": pace.FEWEST,
        "is_asked": next_step.is_asked(row),
        "may_be_answered": row.state in DECIDABLE,
        # By this name Apple's portal tells the row to renew.
        "renewed_name": _common_name(row) if is_signed else "",
        "renewed_is_over": row.renews is not None and row.renews.is_expired(timezone.now()),
        "apples_file_name": apple.file_name(row) if is_signed else "",
        "apples_vendor": apple.vendor(row) if is_signed else "",
        "taken": _taken(events),
        "tone": _tone(row),
        "failure": failures.told(row.failure_code),
        "topic_change": row.topic_changes.first() if is_signed and row.renews_id else None,
        "is_signed_in_vain": vendor_certificate is not None
        and vendor_certificate.not_after <= timezone.now(),
    }


def _tone(row: CSR) -> Health:
    """Of the certificate that came back: push is down, or its key is lost; else all is well."""
    if row.state != State.FULFILLED or row.push_certificate.state != PushCertificate.State.ACTIVE:
        return Health.GOOD
    found = health(row.push_certificate, now=timezone.now())
    return found if found in {Health.DOWN, Health.LOST} else Health.GOOD


def _steps(row: CSR, events: list[Event], *, has_account: bool, may_act: bool) -> list[steps.Step]:
    """Those that can be gone to from here have their address."""
    found = steps.of(row, events, has_account=has_account)
    if row.is_live and may_act:
        account = reverse("portal:apple_account", args=[row.customer_id])
        found[steps.Place.ACCOUNT] = found[steps.Place.ACCOUNT].leading_to(
            f"{account}?csr={row.pk}"
        )
    if row.state == State.SIGNED and has_account:
        for place, anchor in _ANCHORS.items():
            found[place] = found[place].leading_to(anchor)
    return found


def _taken(events: list[Event]) -> Event | None:
    """The latest download of the signed request by somebody who may act."""
    return next(filter(steps.is_taken_along, reversed(events)), None)


def _standing(row: CSR) -> str:
    """The state, or that an approved CSR is held up and the vendor knows of it; and how many
    questions to the customer there are, for a new one belongs onto an open page.
    """
    if row.state == State.APPROVED and reasons.is_held_up():
        return "held_up"
    asked = row.questions.count() if row.state in DECIDABLE else 0
    return f"{row.state}-{asked}" if asked else row.state


def _common_name(row: CSR) -> str:
    return push_certificate.parse(bytes(row.renews.der)).common_name if row.renews else ""
