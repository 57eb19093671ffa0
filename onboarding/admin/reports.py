"""Reports: pages that print well, and the same as CSV, which is written down when it is taken."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, Protocol

from django.conf import settings
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from onboarding import lifecycle, spreadsheet
from onboarding.admin.page import asking, staff
from onboarding.lifecycle import Actor
from onboarding.models import Customer
from onboarding.reports import customers, months

INDEX = "admin:onboarding_report_index"
# As many customers as one page for the printer holds: some thirty-five sheets.
PRINTED = 500


class Row(Protocol):
    def cells(self) -> list[object]: ...


class Report(Protocol):
    def __call__(self, *, now: datetime) -> Iterable[Row]: ...


def urls(site: AdminSite) -> list[URLPattern]:
    def view(function: Any) -> Any:
        """Any: Django types views loosely."""
        return site.admin_view(require_GET(function))

    def file(function: Any) -> Any:
        """A copy is written down, so no link, prefetch or crawl takes one. Any: as above."""
        return asking(site, function)

    return [
        path("reports/", view(index), name="onboarding_report_index"),
        path("reports/customers/", view(of_customers), name="onboarding_report_customers"),
        path("reports/months/", view(of_months), name="onboarding_report_months"),
        path("reports/customers.csv", file(customers_csv), name="onboarding_report_customers_csv"),
        path("reports/months.csv", file(months_csv), name="onboarding_report_months_csv"),
    ]


def index(request: HttpRequest) -> HttpResponse:
    _demand(request)
    context = {
        **admin.site.each_context(request),
        "title": "Reports",
        "printed": PRINTED,
        **_months(),
    }
    return TemplateResponse(request, "admin/onboarding/report/index.html", context)


def of_customers(request: HttpRequest) -> HttpResponse:
    _demand(request)
    now = timezone.now()
    page = Paginator(Customer.objects.order_by("name", "id"), PRINTED).get_page(
        request.GET.get("page")
    )
    context = {
        **_frame(),
        "page": page,
        "lines": customers.lines(list(page.object_list), now=now),
    }
    return render(request, "admin/onboarding/report/customers.html", context)


def of_months(request: HttpRequest) -> HttpResponse:
    _demand(request)
    return render(request, "admin/onboarding/report/months.html", {**_frame(), **_months()})


def customers_csv(request: HttpRequest) -> HttpResponseBase:
    return _taken(request, "customers", customers.COLUMNS, customers.every)


def months_csv(request: HttpRequest) -> HttpResponseBase:
    return _taken(request, "months", ["Month (UTC)", *months.COUNTED.values()], months.table)


def _taken(
    request: HttpRequest, name: str, head: Sequence[object], report: Report
) -> HttpResponseBase:
    """The report as a file, row by row as it is read; without its Event there is none."""
    _demand(request)
    if request.method != "POST":
        return redirect(INDEX)
    lifecycle.report_taken(name, by=Actor.of(staff(request)))
    now = timezone.now()
    file = f"{name}-{now:%Y-%m-%d-%H%M}.csv"
    disposition = content_disposition_header(as_attachment=True, filename=file)
    headers = {"Content-Disposition": disposition or "", "Cache-Control": "no-store"}
    lines = spreadsheet.lines(chain([head], (row.cells() for row in report(now=now))))
    return StreamingHttpResponse(lines, "text/csv; charset=utf-8", headers=headers)


def _months() -> dict[str, Any]:
    """Any: for the template."""
    return {"titles": months.COUNTED.values(), "months": months.table(now=timezone.now())}


def _frame() -> dict[str, Any]:
    """What stands on every sheet. Any: for the template."""
    return {"vendor_name": settings.VENDOR_NAME, "now": timezone.now()}


def _demand(request: HttpRequest) -> None:
    if not staff(request).has_perm("onboarding.read_reports"):
        raise PermissionDenied
