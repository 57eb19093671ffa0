"""Imports: a CSV and a ZIP come in, a dry run says what would happen, a person says yes."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from onboarding import errors, lifecycle, storage
from onboarding.admin import fragments
from onboarding.admin.page import ReadOnlyPage, asking, staff
from onboarding.importing import reading
from onboarding.importing.folder import Folder, of_zip
from onboarding.importing.table import TITLES
from onboarding.lifecycle import Actor
from onboarding.models import CustomerImport, ImportRow

_SHOWN = 100
_TONES = {
    CustomerImport.State.JUDGING: "info",
    CustomerImport.State.JUDGED: "warning",
    CustomerImport.State.RUNNING: "info",
    CustomerImport.State.DONE: "success",
}
_ROW_TONES = {
    ImportRow.Action.CREATE: "success",
    ImportRow.Action.UPDATE: "info",
    ImportRow.Action.REFUSE: "danger",
}


class UploadForm(forms.Form):
    table = forms.FileField(
        label="CSV", error_messages={"required": "Choose the CSV.", "empty": "The CSV is empty."}
    )
    archive = forms.FileField(
        label="ZIP of the certificates",
        required=False,
        error_messages={"empty": "The ZIP is empty."},
        help_text="PEM or DER, named in the CSV’s column “Certificate”. Folders may be nested.",
    )


@admin.register(CustomerImport)
class CustomerImportPage(ReadOnlyPage):
    list_display = ("name", "started_at", "started_by_name", "total", "shown_state")
    list_filter = ("state",)
    fields = ("name",)
    ordering = ("-started_at", "-id")
    change_form_template = "admin/onboarding/customerimport/change_form.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return staff(request).has_perm("onboarding.import_customers")

    @admin.display(description="state", ordering="state")
    def shown_state(self, started: CustomerImport) -> SafeString:
        tone = _TONES.get(CustomerImport.State(started.state), "")
        return fragments.label(started.get_state_display(), tone)

    def get_urls(self) -> list[URLPattern]:
        view = partial(asking, self.admin_site)
        own = [
            path("<int:pk>/carry-out/", view(carry_out), name="onboarding_customerimport_carry"),
            path("<int:pk>/call-off/", view(call_off), name="onboarding_customerimport_stop"),
            path("<int:pk>/report.csv", view(report), name="onboarding_customerimport_report"),
        ]
        return [*own, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Any: Django's own arguments."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
        if form.is_valid():
            try:
                return redirect(fragments.address_of(_begun(request, form)))
            except errors.PortalError as error:
                form.add_error(None, error.sentence)
        context = {
            **admin.site.each_context(request),
            "title": "Import customers",
            "opts": CustomerImport._meta,
            "form": form,
            "columns": TITLES.values(),
        }
        template = "admin/onboarding/customerimport/add.html"
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, template, context, status=status)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        """Any: Django's context and arguments, passed on; `obj` is the import."""
        found = _page(request, kwargs["obj"])
        return super().render_change_form(request, {**context, **found}, **kwargs)


def carry_out(request: HttpRequest, pk: int) -> HttpResponse:
    return _deed(request, pk, lifecycle.carry_out_import, "The import is being carried out.")


def call_off(request: HttpRequest, pk: int) -> HttpResponse:
    return _deed(request, pk, lifecycle.call_off_import, "The import is called off.")


def report(request: HttpRequest, pk: int) -> HttpResponse:
    started = get_object_or_404(CustomerImport, pk=pk)
    if not staff(request).has_perm("onboarding.view_customerimport"):
        raise PermissionDenied
    if not started.report:
        return redirect(fragments.address_of(started))
    try:
        content = storage.get(started.report)
    except errors.PortalError as error:
        messages.error(request, error.sentence)
        return redirect(fragments.address_of(started))
    disposition = f'attachment; filename="import-{started.pk}.csv"'
    return HttpResponse(
        content, content_type="text/csv", headers={"Content-Disposition": disposition}
    )


def _begun(request: HttpRequest, form: UploadForm) -> CustomerImport:
    files = form.cleaned_data["archive"]
    folder = _unpacked(files.read()) if files else Folder(missing="is not here: no ZIP was chosen")
    table = form.cleaned_data["table"]
    read = reading.read(table.read(), folder)
    by = Actor.of(staff(request))
    return lifecycle.begin_import(
        name=table.name[:200], rows=read.rows, remarks=read.remarks, by=by
    )


def _unpacked(data: bytes) -> Folder:
    # Of a key in a ZIP the dry run tells, and the other files go in.
    if not data.startswith(b"PK"):
        reading.demand_no_key(data, what="ZIP")
    return of_zip(data)


def _deed(request: HttpRequest, pk: int, verb: Any, done: str) -> HttpResponse:
    """Any: a verb of lifecycle on an import."""
    started = get_object_or_404(CustomerImport, pk=pk)
    if not staff(request).has_perm("onboarding.import_customers"):
        raise PermissionDenied
    if request.method == "POST":
        try:
            verb(started, by=Actor.of(staff(request)))
        except errors.PortalError as error:
            messages.error(request, error.sentence)
        else:
            messages.success(request, done)
    return redirect(fragments.address_of(started))


def _page(request: HttpRequest, started: CustomerImport) -> dict[str, Any]:
    """The rows from ?after= on, of one ?action= alone if it is named. Any: for the template.

    What became of a row counts, where it was carried out.
    """
    chosen = request.GET.get("action", "")
    after = request.GET.get("after", "0")
    # While nothing was carried out, it is the column that the index is of.
    is_forecast = started.state in {CustomerImport.State.JUDGING, CustomerImport.State.JUDGED}
    became = Coalesce(NullIf("outcome", Value("")), "action")
    judged = started.rows.annotate(verdict=F("action") if is_forecast else became)
    rows = judged.order_by("line").defer("certificate").select_related("customer")
    rows = rows.filter(line__gt=int(after) if after.isdecimal() else 0)
    if chosen in ImportRow.Action.values:
        rows = rows.filter(verdict=chosen)
    shown = list(rows[: _SHOWN + 1])
    counted = dict(judged.order_by().values_list("verdict").annotate(count=Count("pk")))
    return {
        "started": started,
        "counts": [(one, one.label, counted.get(one, 0)) for one in ImportRow.Action],
        "chosen": chosen,
        "rows": [_row(row) for row in shown[:_SHOWN]],
        "next_after": shown[_SHOWN - 1].line if len(shown) > _SHOWN else None,
        "may_import": staff(request).has_perm("onboarding.import_customers"),
    }


def _row(row: ImportRow) -> dict[str, Any]:
    """Any: what the template's row needs."""
    shown = row.outcome or row.action
    return {
        "row": row,
        "what": ImportRow.Action(shown).label if shown else "Not yet",
        "tone": _ROW_TONES.get(ImportRow.Action(shown), "plain") if shown else "plain",
        "column": TITLES.get(row.column, ""),
        "name": row.values.get("name", ""),
        "address": fragments.address_of(row.customer) if row.customer else "",
    }
