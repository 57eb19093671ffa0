"""A person's language and time zone, and the switch of languages on every page."""

import zoneinfo

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from onboarding import language
from onboarding.models import LANGUAGES, User
from onboarding.portal.door import SignedInRequest, door

_REGIONS = {
    "Africa": gettext_lazy("Africa"),
    "America": gettext_lazy("America"),
    "Antarctica": gettext_lazy("Antarctica"),
    "Asia": gettext_lazy("Asia"),
    "Atlantic": gettext_lazy("Atlantic"),
    "Australia": gettext_lazy("Australia"),
    "Europe": gettext_lazy("Europe"),
    "Indian": gettext_lazy("Indian Ocean"),
    "Pacific": gettext_lazy("Pacific"),
}


class PreferencesForm(forms.Form):
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=LANGUAGES,
        help_text=gettext_lazy("Of these pages, and of the mails that you get."),
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=lambda: _zones(),
        required=False,
        help_text=gettext_lazy("All dates and times are shown in it, and it is named with them."),
    )


@door("GET", "POST")
def preferences(request: SignedInRequest) -> HttpResponse:
    form = PreferencesForm(
        request.POST or None,
        initial={"language": current(), "time_zone": request.user.time_zone},
    )
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "portal/preferences.html", {"form": form}, status=status)
    chosen = form.cleaned_data
    User.objects.filter(pk=request.user.pk).update(**chosen)
    with language.spoken(chosen["language"], chosen["time_zone"]):
        messages.success(request, gettext("Your language and time zone are noted."))
    return remembering(redirect("portal:preferences"), chosen["language"])


@never_cache
@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Speak another language from here on, on the page where that was chosen."""
    answer = redirect(_back(request))
    chosen = request.POST.get("language")
    if chosen not in dict(LANGUAGES):
        return answer
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(language=chosen)
    return remembering(answer, chosen)


def remember(user: User) -> None:
    """Note for a person's mails in which language they read, unless they have chosen one."""
    User.objects.filter(pk=user.pk, language="").update(language=current())


def current() -> str:
    """The language that is spoken, as it is kept with a person."""
    return (translation.get_language() or settings.LANGUAGE_CODE).partition("-")[0]


def remembering(answer: HttpResponse, chosen: str) -> HttpResponse:
    """The choice also holds on this browser when nobody has signed in."""
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return answer


def _back(request: HttpRequest) -> str:
    """The page that the switch was on, as the browser says; never one of another site.

    It is not written into the page: one that does not exist would differ by its address then.
    """
    back = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return back if is_ours else "/"


def _zones() -> list[tuple[object, object]]:
    """UTC, then each region's places. Zones without a place are other names of these."""
    places: dict[str, list[tuple[str, str]]] = {region: [] for region in _REGIONS}
    for name in sorted(zoneinfo.available_timezones()):
        region, _, place = name.partition("/")
        if place and region in places:
            places[region].append((name, place.replace("_", " ")))
    return [("", "UTC"), *((_REGIONS[region], named) for region, named in places.items())]
