"""Events to take away, as CSV or JSON: row by row."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header

from onboarding import lifecycle, spreadsheet
from onboarding.admin.page import staff
from onboarding.lifecycle import Actor
from onboarding.models import Event

COLUMNS = {
    "number": "seal__seq",
    "id": "id",
    "time": "at",
    "verb": "verb",
    "by": "actor_name",
    "address": "address",
    "user_agent": "user_agent",
    "customer": "customer__name",
    "customer_id": "customer_id",
    "csr": "csr_id",
    "push_certificate": "push_certificate_id",
    "vendor_certificate": "vendor_certificate_id",
    "facts": "facts",
    "seal": "seal__hash",
}
KINDS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
_AT_ONCE = 2000


def answer(request: HttpRequest, events: "QuerySet[Event]", *, form: str) -> StreamingHttpResponse:
    """The Events as a file; the export is an Event itself, without which there is none."""
    if form not in KINDS:
        raise Http404
    if not staff(request).has_perm("onboarding.read_audit"):
        raise PermissionDenied
    lifecycle.trail_exported(
        form=form,
        filters={name: str(request.GET[name]) for name in request.GET},
        by=Actor.of(staff(request)),
    )
    rows = events.order_by("at", "id").values_list(*COLUMNS.values()).iterator(_AT_ONCE)
    content = {"csv": as_csv, "json": as_json}[form](rows)
    name = f"events-{datetime.now(UTC):%Y-%m-%d-%H%M}.{form}"
    disposition = content_disposition_header(as_attachment=True, filename=name)
    headers = {"Content-Disposition": disposition or "", "Cache-Control": "no-store"}
    return StreamingHttpResponse(content, KINDS[form], headers=headers)


def as_csv(rows: Iterator[tuple[Any, ...]]) -> Iterator[str]:
    """A line for each, under a line of names. Any: columns of all types."""
    writer = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    for row in rows:
        yield writer.writerow([spreadsheet.safe(_text(value)) for value in row])


def as_json(rows: Iterator[tuple[Any, ...]]) -> Iterator[str]:
    """One array, an object on each line. Any: columns of all types."""
    separator = "[\n"
    for row in rows:
        fields = {
            name: value if isinstance(value, dict | int | None) else _text(value)
            for name, value in zip(COLUMNS, row, strict=True)
        }
        yield f"{separator}{json.dumps(fields, ensure_ascii=False)}"
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)


class _Echo:
    """A file that hands back each line instead of keeping it."""

    def write(self, line: str) -> str:
        return line
