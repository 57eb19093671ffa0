"""The second factor: how its secrets are kept, and that the vendor's staff cannot do without."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from onboarding import at_rest, errors
from onboarding.models import SignInService, User

_PURPOSE = "second factor"
_WAY_OUT = {"account_logout", "healthz", "set_language"}
_PROVING = {"mfa_reauthenticate", "mfa_reauthenticate_webauthn"}
_SETTING_UP = {
    "account_index",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
    "account_reauthenticate",
    "account_change_password",
    "account_set_password",
}


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """misc: allauth publishes no types, so its classes are Any."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is not right, or it was used already. Take the next one."),
        "cannot_generate_recovery_codes": _(
            "Recovery codes stand in for an authenticator app or a passkey. Set up one first."
        ),
    }

    def encrypt(self, text: str) -> str:
        return at_rest.seal(text, purpose=_PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return at_rest.unseal(encrypted_text, purpose=_PURPOSE)
        except errors.InvalidSeal as error:
            raise ValidationError(
                gettext(
                    "Codes cannot be checked any more, for a key of the portal was changed. Use a"
                    " passkey, or ask the vendor to reset your second factor."
                )
            ) from error

    def get_totp_issuer(self) -> str:
        return f"Push certificates, {settings.VENDOR_NAME}"

    def generate_authenticator_name(self, user: User, type: str) -> str:  # noqa: A002 - allauth's
        count = Authenticator.objects.filter(user=user, type=type).count()
        return gettext("Passkey %(number)s") % {"number": count + 1}


class StaffSecondFactor:
    """Staff without a second factor reach the pages to set one up, the way out, and no others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, _kwargs: object
    ) -> HttpResponse | None:
        user = request.user
        if not (settings.STAFF_MFA and user.is_authenticated and user.is_staff):
            return None
        if _is_proved(request, user) or _here(request) in _WAY_OUT:
            return None
        return _prove(request) if _has_any(user) else _set_up(request)


def _here(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


# Any: allauth's records of what was proved in this session.
def _is_proved(request: HttpRequest, user: User) -> bool:
    records: list[dict[str, Any]] = get_authentication_records(request, user)
    if any(one.get("method") == "mfa" for one in records):
        return True
    services = [one["provider"] for one in records if one.get("method") == "socialaccount"]
    demanding = SignInService.objects.active().filter(demands_second_factor=True)
    return bool(services) and demanding.filter(pk__in=services).exists()


def _has_any(user: User) -> bool:
    types = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return bool(Authenticator.objects.filter(user=user, type__in=types).exists())


def _prove(request: HttpRequest) -> HttpResponse | None:
    """It was set up in another session: this one has to show it once.

    Until then not even another one can be added, or a stolen password would be enough.
    """
    if _here(request) in _PROVING:
        return None
    return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': request.path})}")


def _set_up(request: HttpRequest) -> HttpResponse | None:
    if _here(request) in _SETTING_UP:
        return None
    sentence = gettext(
        "Staff need a second factor. Set up a passkey or an authenticator app here, then go on."
    )
    if sentence not in {str(message) for message in messages.get_messages(request)}:
        messages.warning(request, sentence)
    return redirect("account_index")
