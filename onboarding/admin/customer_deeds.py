"""What staff do on a customer's page: notes, files, closing and reopening."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path

from onboarding import errors, lifecycle, storage
from onboarding.admin import fragments
from onboarding.admin.deed import NamedReasonForm, ReasonForm, ask_and_do
from onboarding.admin.page import asking, staff
from onboarding.lifecycle import Actor, owed_mail
from onboarding.models import Attachment, Customer
from onboarding.pki import kinds

# As much as one file with a customer may be.
FILE_LIMIT = 10 * 1024 * 1024
_TYPED = "typed of {} beside what was refused"


class NoteForm(forms.Form):
    text = forms.CharField(
        max_length=20_000,
        error_messages={"required": "The note is empty. Write what colleagues should know."},
    )


class FileForm(forms.Form):
    file = forms.FileField(
        max_length=200,
        error_messages={
            "required": "Choose a file first.",
            "empty": "The file is empty, so it was not kept. Choose another one.",
            "max_length": "The file’s name has more than 200 letters. Give it a shorter one.",
        },
    )
    what = forms.CharField(max_length=200, required=False)

    def clean_file(self) -> Any:
        """Any: Django's uploaded file."""
        file = self.cleaned_data["file"]
        if file.size > FILE_LIMIT:
            raise forms.ValidationError(
                f"The file has {file.size / 1024**2:.1f} MB; {FILE_LIMIT // 1024**2} MB are the"
                " limit here."
            )
        kind = kinds.recognise(file.read())
        if kind in kinds.SECRET:
            raise forms.ValidationError(
                "The file holds a private key. It was refused and nothing of it was kept. Tell its"
                " owner to consider the key exposed."
            )
        return file


def urls(site: AdminSite) -> list[URLPattern]:
    return [
        path(
            "<uuid:pk>/note/",
            asking(site, note),
            name="onboarding_customer_note",
        ),
        path(
            "<uuid:pk>/files/add/",
            asking(site, attach),
            name="onboarding_customer_attach",
        ),
        # A copy is written down, so no link, prefetch or crawl takes one.
        path(
            "files/<int:pk>/",
            asking(site, fetch),
            name="onboarding_attachment_file",
        ),
        path(
            "<uuid:pk>/close/",
            asking(site, close),
            name="onboarding_customer_close",
        ),
        path(
            "<uuid:pk>/reopen/",
            asking(site, reopen),
            name="onboarding_customer_reopen",
        ),
    ]


def note(request: HttpRequest, pk: UUID) -> HttpResponse:
    customer = get_object_or_404(Customer, pk=pk)
    _demand(request, "annotate_customer")
    if request.method != "POST":
        return redirect(fragments.address_of(customer))
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _told(request, customer, form)
    lifecycle.write_note(customer, text=form.cleaned_data["text"], by=Actor.of(staff(request)))
    messages.success(request, "The note is kept.")
    return redirect(f"{fragments.address_of(customer)}#notes")


def attach(request: HttpRequest, pk: UUID) -> HttpResponse:
    customer = get_object_or_404(Customer, pk=pk)
    _demand(request, "annotate_customer")
    if request.method != "POST":
        return redirect(fragments.address_of(customer))
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _told(request, customer, form)
    file = form.cleaned_data["file"]
    file.seek(0)
    content = file.read()
    try:
        # Blob first, row second: a crash between the two leaves an orphan file.
        lifecycle.attach_file(
            customer,
            name=file.name,
            what=form.cleaned_data["what"],
            file=storage.put(storage.UPLOADS, content),
            size=len(content),
            by=Actor.of(staff(request)),
        )
    except errors.PortalError as error:
        messages.error(request, error.sentence)
    else:
        messages.success(request, f"“{file.name}” is kept.")
    return redirect(f"{fragments.address_of(customer)}#files")


def fetch(request: HttpRequest, pk: int) -> HttpResponse:
    """The file as it came, never shown in the browser: whoever made it could run code there."""
    attachment = get_object_or_404(Attachment, pk=pk)
    _demand(request, "view_attachment")
    if request.method != "POST":
        return redirect(fragments.address_of(attachment.customer))
    try:
        content = storage.get(attachment.file)
        lifecycle.fetch_attachment(attachment, by=Actor.of(staff(request)))
    except errors.PortalError as error:
        messages.error(request, error.sentence)
        return redirect(fragments.address_of(attachment.customer))
    disposition = f"attachment; filename*=UTF-8''{quote(attachment.name, safe='')}"
    return HttpResponse(
        content,
        content_type="application/octet-stream",
        headers={"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"},
    )


def close(request: HttpRequest, pk: UUID) -> HttpResponse:
    customer = get_object_or_404(Customer, pk=pk)
    told = len(owed_mail.told_of_closing(customer))
    page = {
        "title": f"Close {customer}",
        "button": "Close the customer",
        "tone": "danger",
        "done": f"{customer} is closed.",
        "means": [
            f"CSRs under way that are withdrawn: {customer.csrs.live().count()}.",
            f"Push keys that are destroyed for good: {customer.csrs.keeping_key().count()}.",
            "Exports of these keys are called off, and no reopening brings a key back.",
            "Its people can no longer see anything of it; reminders stop.",
            f"People and contacts who get a mail that says so, and what it means: {told}.",
            "Certificates at Apple are not revoked by this: they run until their end.",
            "Its history, notes and files are kept for staff, and it can be reopened.",
            f"To be sure that it is this one, type its name: {customer.name}",
        ],
    }

    def act(data: Any) -> None:
        by = Actor.of(staff(request))
        lifecycle.close_customer(customer, name=data["name"], reason=data["reason"], by=by)

    form = NamedReasonForm(request.POST or None)
    return ask_and_do(request, customer, permission="close_customer", form=form, act=act, page=page)


def reopen(request: HttpRequest, pk: UUID) -> HttpResponse:
    customer = get_object_or_404(Customer, pk=pk)
    page = {
        "title": f"Reopen {customer}",
        "button": "Reopen the customer",
        "tone": "success",
        "done": f"{customer} is open again.",
        "means": [
            "Its people see everything of it again, and reminders go on.",
            "Destroyed keys do not come back: renewals need new ones.",
        ],
    }

    def act(data: Any) -> None:
        lifecycle.reopen_customer(customer, reason=data["reason"], by=Actor.of(staff(request)))

    form = ReasonForm(request.POST or None)
    return ask_and_do(request, customer, permission="close_customer", form=form, act=act, page=page)


def _demand(request: HttpRequest, permission: str) -> None:
    if not staff(request).has_perm(f"onboarding.{permission}"):
        raise PermissionDenied


def typed(request: HttpRequest, customer: Customer) -> dict[str, str]:
    """What stood beside what was refused a moment ago, to be shown again once."""
    found: dict[str, str] = request.session.pop(_TYPED.format(customer.pk), {})
    return found


def _told(request: HttpRequest, customer: Customer, form: forms.Form) -> HttpResponse:
    request.session[_TYPED.format(customer.pk)] = {
        name: form.data.get(name, "") for name in form.fields
    }
    for sentences in form.errors.values():
        for sentence in sentences:
            messages.error(request, str(sentence))
    return redirect(fragments.address_of(customer))
