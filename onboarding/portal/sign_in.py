"""The sign-in page: who signs in elsewhere is sent there, before a password is looked at.

From it to the page for a forgotten password an address that was typed goes along.
"""

from allauth.account import views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache

from onboarding.models import SignInService
from onboarding.portal import elsewhere

# In the session, and not in the address, which stands in logs.
_TYPED = "typed address"


@never_cache
def login(request: HttpRequest) -> HttpResponse:
    if "forgotten" in request.POST:
        request.session[_TYPED] = request.POST.get("login", "")[:254]
        return redirect("account_reset_password")
    if request.method == "POST":
        service = SignInService.objects.of_address(request.POST.get("login", ""))
        if service:
            return elsewhere.send(request, service)
    answer: HttpResponse = views.login(request)
    if isinstance(answer, TemplateResponse) and answer.context_data is not None:
        answer.context_data["has_services"] = SignInService.objects.active().exists()
    return answer


class PasswordReset(views.PasswordResetView):  # type: ignore[misc]
    """misc: allauth publishes no types, so its classes are Any."""

    def get_initial(self) -> dict[str, str]:
        return {"email": self.request.session.get(_TYPED, "")}
