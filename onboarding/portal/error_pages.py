"""The pages for what goes wrong outside the views, told in our words."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from onboarding.portal.context import portal


def bad_request(_request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return _without_person("413.html", status=413)
    return _without_person("400.html", status=400)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's
    return render(request, "403_csrf.html", status=403)


def server_error(_request: HttpRequest) -> HttpResponse:
    return _without_person("500.html", status=500)


def _without_person(template: str, *, status: int) -> HttpResponse:
    # Who has signed in is asked of the database, and the database may be what went wrong.
    return HttpResponse(render_to_string(template, portal(None)), status=status)
