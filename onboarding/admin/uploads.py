"""What staff send: bounded, and in memory alone."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

# A body beyond this is not even read.
BODY_LIMIT = 32 * 1024 * 1024


class InMemory(MemoryFileUploadHandler):
    """Never a temporary file: what turns out to be a private key must not have been on a disk."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: Any, boundary: Any, encoding: Any = None
    ) -> None:
        """Any: Django's own arguments. The length is bounded by `StaffUploads`."""
        self.activated = True
        self.file: BytesIO


class StaffUploads:
    """Must stand before the CSRF check, which is the first to read what was sent."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, _kwargs: object
    ) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or match.app_name != "admin":
            return None
        if int(request.headers.get("Content-Length") or 0) > BODY_LIMIT:
            return render(request, "413.html", status=413)
        request.upload_handlers = [InMemory(request)]
        return None
