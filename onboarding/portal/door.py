"""What every page of the portal demands: a known method, and a person who signed in."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from onboarding.models import User

P = ParamSpec("P")


class SignedInRequest(HttpRequest):
    """What a view behind the door gets; never made, only named."""

    user: User
    htmx: HtmxDetails


View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
SignedInView = Callable[Concatenate[SignedInRequest, P], HttpResponseBase]


def door(*methods: str) -> Callable[[SignedInView[P]], View[P]]:
    """Let in who has signed in, with one of `methods`; others are asked to sign in first."""

    def decorate(view: SignedInView[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _ask_to_sign_in(request)
            # Checked in the line above; the types cannot say so.
            return view(cast("SignedInRequest", request), *args, **kwargs)

        return never_cache(require_http_methods([*methods, "HEAD"])(guarded))

    return decorate


def whole(view: View[P]) -> View[P]:
    """What is sent to this view of another's is done with its Events and mails, or not at all."""

    @wraps(view)
    def all_or_nothing(
        request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponseBase:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        with transaction.atomic():
            return view(request, *args, **kwargs)

    return all_or_nothing


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page leads back, and says so where a session has ended in between."""
    # The browser still names a session, and there is none under that name any more.
    has_ended = settings.SESSION_COOKIE_NAME in request.COOKIES and request.session.is_empty()
    sign_in = reverse("account_login") + ("?ended=yes" if has_ended else "")
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    if htmx:
        # A poll: the whole page has to go there, not a piece of it.
        page = htmx.current_url_abs_path or "/"
        return HttpResponseClientRedirect(redirect_to_login(page, sign_in).url)
    return redirect_to_login(request.get_full_path(), sign_in)
