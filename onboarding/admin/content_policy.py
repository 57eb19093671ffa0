"""The staff's pages run Unfold's scripts, which the portal's strict policy would stop."""

from collections.abc import Callable

from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from django.http import HttpRequest
from django.http.response import HttpResponseBase

# Measured in Chromium, page by page. Alpine evaluates the expressions in its attributes
# (script-src); Unfold puts the theme's colours into a style element, and Alpine writes style
# attributes (style-src). Scripts in the page itself stay forbidden, so escaped or not, nothing
# that a customer typed can run from an element of its own.
RELAXED = {"script-src": [UNSAFE_EVAL], "style-src": [UNSAFE_INLINE]}


class StaffContentPolicy:
    """Widens the policy for views of the staff's site, and for no other page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        match = request.resolver_match
        if match is None or match.app_name != "admin":
            return response
        return csp_update(RELAXED)(lambda _: response)(request)
