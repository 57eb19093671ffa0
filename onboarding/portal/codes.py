"""Forms that take a code of an authenticator app: from its first use on it is used up."""

from allauth.mfa import app_settings
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache

from onboarding.models import User


class SetUpForm(totp.ActivateTOTPForm):  # type: ignore[misc]
    """misc: allauth publishes no types, so its classes are Any."""

    def clean_code(self) -> str:
        code: str = super().clean_code()
        _use_up(self.user, code)
        return code


class _CodeForm(base.BaseAuthenticateForm):  # type: ignore[misc]
    """misc: as above."""

    def clean_code(self) -> str:
        """allauth itself remembers a used code for one period only."""
        code: str = super().clean_code()
        if self.authenticator.type == Authenticator.Type.TOTP:
            _use_up(self.user, code)
        return code


class SecondStepForm(_CodeForm, base.AuthenticateForm):  # type: ignore[misc]
    """misc: as above."""


class AgainForm(_CodeForm, base.ReauthenticateForm):  # type: ignore[misc]
    """misc: as above."""


def _use_up(user: User, code: str) -> None:
    """Where allauth looks for used codes, until nobody takes this one for its time either."""
    key = TOTP(Authenticator(user=user))._get_used_cache_key(code)
    # An app's clock may be off in both directions.
    periods = 1 + 2 * app_settings.TOTP_TOLERANCE
    cache.set(key, "y", timeout=periods * app_settings.TOTP_PERIOD)
