"""What the signer tells staff: it cannot sign, or it may not sign more today."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from onboarding import errors, lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import Alarm

# What says that the identity is to blame, and no CSR.
UNFIT = (errors.InvalidIdentity, ImproperlyConfigured)


def identity_is_unfit(reason: Exception) -> None:
    lifecycle.raise_alarm(
        Alarm.Kind.IDENTITY_UNFIT,
        about=settings.SIGNER_NAME,
        sentence=(
            f"The signer {settings.SIGNER_NAME} cannot sign, and what is approved waits. {reason}"
        ),
        by=Actor.signer(),
    )


def identity_is_fit() -> None:
    _clear(Alarm.Kind.IDENTITY_UNFIT)


def cap_is_reached() -> None:
    lifecycle.raise_alarm(
        Alarm.Kind.CAP_REACHED,
        about=settings.SIGNER_NAME,
        sentence=(
            f"The signer {settings.SIGNER_NAME} has reached its daily cap of"
            f" {settings.SIGNING_DAILY_CAP} CSRs; what is approved waits until midnight UTC. If so"
            " many were expected, set SIGNING_DAILY_CAP higher and restart the signer. If not, find"
            " out who approved them."
        ),
        by=Actor.signer(),
    )


def cap_is_open() -> None:
    _clear(Alarm.Kind.CAP_REACHED)


def _clear(kind: Alarm.Kind) -> None:
    lifecycle.clear_alarm(kind, about=settings.SIGNER_NAME, by=Actor.signer())
