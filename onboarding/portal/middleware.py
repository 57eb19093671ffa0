"""Round every page of the portal: how much may be sent, and what a refusal looks like."""

import logging
from collections.abc import Callable

from allauth.account.adapter import get_adapter
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from onboarding import errors
from onboarding.language import told
from onboarding.lifecycle import origin
from onboarding.lifecycle.origin import Origin
from onboarding.portal import witness
from onboarding.portal.uploads import BODY_LIMIT, BoundedUploadHandler

_STATUS = {
    errors.NotAllowed: 403,
    errors.WrongState: 409,
    errors.KeyGone: 409,
    errors.ExportGone: 410,
    errors.InvitationGone: 410,
    errors.AnotherPerson: 403,
    errors.AlreadyThere: 409,
    errors.LastAdmin: 409,
    errors.DamagedRecord: 500,
    errors.StorageUnavailable: 503,
    errors.InvalidSeal: 500,
}
logger = logging.getLogger(__name__)


class PortalMiddleware:
    """Must stand before the CSRF check, which is the first to read what was sent."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        witness.listen()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with origin.coming_from(_origin(request)):
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, _kwargs: object
    ) -> HttpResponse | None:
        if not _is_ours(request):
            return None
        if int(request.headers.get("Content-Length") or 0) > BODY_LIMIT:
            return render(request, "413.html", status=413)
        request.upload_handlers = [BoundedUploadHandler(request)]
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A refusal that no form took is a page of its own, with its sentence."""
        if not isinstance(error, errors.PortalError) or not _is_ours(request):
            return None
        status = _STATUS.get(type(error), 422)
        if isinstance(error, errors.DamagedRecord):
            logger.error("%s: %s", request.path, error.sentence)
        return render(request, "portal/refusal.html", {"sentence": told(error)}, status=status)


def _origin(request: HttpRequest) -> Origin:
    """As the sign-in limits see it: the address behind the proxies that are trusted."""
    try:
        address = get_adapter(request).get_client_ip(request)
    except (PermissionDenied, ImproperlyConfigured):
        # The proxies did not say it.
        address = ""
    return Origin.of(address=address, user_agent=request.headers.get("User-Agent", ""))


def _is_ours(request: HttpRequest) -> bool:
    return request.resolver_match is not None and request.resolver_match.namespace == "portal"
