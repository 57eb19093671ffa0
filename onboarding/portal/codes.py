"""Forms of the second step: a code of an app is used up at its first use.

Too many attempts are told in words of their own, for what allauth says is about passwords.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from allauth.mfa import app_settings
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn import forms as webauthn
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from onboarding.models import User
from onboarding.portal import passkeys

_TOO_MANY = "too_many_login_attempts"


class SetUpForm(totp.ActivateTOTPForm):  # type: ignore[misc]
    """misc: allauth publishes no types, so its classes are Any."""

    def clean_code(self) -> str:
        code: str = super().clean_code()
        _use_up(self.user, code)
        return code


class _CodeForm(base.BaseAuthenticateForm):  # type: ignore[misc]
    """misc: as above."""

    @property
    def has_app(self) -> bool:
        """Whether there is an app to show a code, or recovery codes alone."""
        apps = Authenticator.objects.filter(user=self.user, type=Authenticator.Type.TOTP)
        return bool(apps.exists())

    def clean_code(self) -> str:
        """allauth itself remembers a used code for one period only."""
        with _limit_of_this_step():
            code: str = super().clean_code()
        if self.authenticator.type == Authenticator.Type.TOTP:
            _use_up(self.user, code)
        return code


class SecondStepForm(_CodeForm, base.AuthenticateForm):  # type: ignore[misc]
    """misc: as above."""


class AgainForm(_CodeForm, base.ReauthenticateForm):  # type: ignore[misc]
    """misc: as above."""


class SecondStepPasskeyForm(webauthn.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """misc: as above."""

    def clean_credential(self) -> Authenticator:
        with _limit_of_this_step(), passkeys.told():
            return super().clean_credential()


class AgainPasskeyForm(
    SecondStepPasskeyForm,
    webauthn.ReauthenticateWebAuthnForm,  # type: ignore[misc]
):
    """misc: as above."""


@contextmanager
def _limit_of_this_step() -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        if error.code != _TOO_MANY:
            raise
        sentence = gettext("Too many attempts at this step. Wait five minutes, then try again.")
        raise ValidationError(sentence, code=_TOO_MANY) from error


def _use_up(user: User, code: str) -> None:
    """Where allauth looks for used codes, until nobody takes this one for its time either."""
    key = TOTP(Authenticator(user=user))._get_used_cache_key(code)
    # An app's clock may be off in both directions.
    periods = 1 + 2 * app_settings.TOTP_TOLERANCE
    cache.set(key, "y", timeout=periods * app_settings.TOTP_PERIOD)
