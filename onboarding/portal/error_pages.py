"""The pages for what goes wrong outside the views, told in our words."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string

from onboarding.portal.context import portal


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return _without_person(request, "413.html", status=413)
    return _without_person(request, "400.html", status=400)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's
    return render(request, "403_csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    return _without_person(request, "500.html", status=500)


def _without_person(request: HttpRequest, template: str, *, status: int) -> HttpResponse:
    # Who has signed in is asked of the database, and the database may be what went wrong.
    context = portal(request) | {"csrf_token": get_token(request)}
    return HttpResponse(render_to_string(template, context), status=status)
