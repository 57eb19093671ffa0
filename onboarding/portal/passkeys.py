"""A passkey that lets nobody in: told in words of its own, and a failed sign-in."""

from collections.abc import Iterator
from contextlib import contextmanager

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import LoginWebAuthnForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from onboarding import lifecycle

STEP = "passkey"
# What allauth and fido2 raise over something that no browser sends.
_NONE = (AttributeError, KeyError, TypeError, ValueError)


class SignInForm(LoginWebAuthnForm):  # type: ignore[misc]
    """misc: allauth publishes no types, so its classes are Any."""

    def clean_credential(self) -> Authenticator:
        try:
            with told():
                return super().clean_credential()
        except ValidationError:
            # allauth tells of none; whose it says that it is, anybody can write.
            lifecycle.sign_in_failed(None, step=STEP)
            raise


@contextmanager
def told() -> Iterator[None]:
    """allauth has one sentence for a wrong code and a wrong passkey, and none for no passkey."""
    try:
        yield
    except ValidationError as error:
        if error.code != "incorrect_code":
            raise
        raise _unfit() from error
    except _NONE as error:
        raise _unfit() from error


def _unfit() -> ValidationError:
    return ValidationError(
        gettext("This passkey is not known here, or it came too late. Try again, or another way."),
        code="incorrect_passkey",
    )
