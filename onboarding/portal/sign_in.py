"""The sign-in page: who signs in elsewhere is sent there, before a password is looked at."""

from allauth.account import views
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache

from onboarding.models import SignInService
from onboarding.portal import elsewhere


@never_cache
def login(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        service = SignInService.objects.of_address(request.POST.get("login", ""))
        if service:
            return elsewhere.send(request, service)
    answer: HttpResponse = views.login(request)
    if isinstance(answer, TemplateResponse) and answer.context_data is not None:
        answer.context_data["has_services"] = SignInService.objects.active().exists()
    return answer
