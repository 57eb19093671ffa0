"""In which language a page is written, and in whose time: the reader's."""

from collections.abc import Callable

from django.db import DatabaseError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers

from onboarding import language
from onboarding.models import User

# The staff's pages are English and in UTC, and a machine reads no language.
_PLAIN = ("/admin/", "/healthz")


class ReaderMiddleware:
    """The person's own choice; else the switch's cookie, what the browser asks for, English."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(_PLAIN):
            return self.get_response(request)
        reader = _reader(request)
        # The cookie and the browser's wish, read by Django.
        asked = translation.get_language_from_request(request)
        with language.spoken(
            (reader and reader.language) or asked, reader.time_zone if reader else ""
        ):
            response = self.get_response(request)
            if response.headers.get("Content-Type", "").startswith("text/html"):
                response.headers.setdefault("Content-Language", translation.get_language() or "")
                patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


def _reader(request: HttpRequest) -> User | None:
    try:
        return request.user if request.user.is_authenticated else None
    except DatabaseError:
        # The page that says so has a language, too.
        return None
