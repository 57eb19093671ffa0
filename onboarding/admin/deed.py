"""A deed that changes much: first what it means, with a reason to give, then, by POST, the deed."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from onboarding import errors
from onboarding.admin import fragments
from onboarding.admin.page import staff
from onboarding.long_text import LongTextField


class ReasonForm(forms.Form):
    reason = LongTextField(
        label="Reason",
        max_length=2000,
        error_messages={"required": "Give a reason."},
        widget=UnfoldAdminTextareaWidget({"rows": 3, "data-draft": True}),
    )


class NamedReasonForm(ReasonForm):
    """For what must not happen to the wrong one."""

    name = forms.CharField(
        label="Its name",
        max_length=100,
        error_messages={"required": "Type the name, exactly as it stands above."},
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off"}),
    )


def ask_and_do(
    request: HttpRequest,
    row: Model,
    *,
    permission: str,
    form: forms.Form,
    act: Callable[[Mapping[str, Any]], None],
    page: Mapping[str, Any],
) -> HttpResponse:
    """GET asks with `page` (title, button, means: sentences); POST acts, with what the form holds.

    Where `why_not` of the page says why it cannot be done, nothing is asked; a POST is refused by
    the deed itself. Then the row's page follows, or the address `afterwards`. A refusal is told
    beside what was typed. Any: a template's context, a form's data.
    """
    back = fragments.address_of(row)
    if not staff(request).has_perm(f"onboarding.{permission}"):
        raise PermissionDenied
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
        except errors.PortalError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(request, page["done"])
            return redirect(page.get("afterwards", back))
    context = {
        **admin.site.each_context(request),
        **page,
        "opts": row._meta,
        "form": form,
        "back": back,
    }
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "admin/onboarding/deed.html", context, status=status)
