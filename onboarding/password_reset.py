"""The mail with which a person sets a new password: made in the worker, its link never stored."""

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMultiAlternatives

from onboarding import letter
from onboarding.models import SignInService, User


def compose(user: User) -> EmailMultiAlternatives:
    """A link; but whom a service signs in gets none, for a password is no way in for them.

    Staff do: with a password they confirm who they are when they set up a second factor.
    """
    service = SignInService.objects.of_address(user.email)
    facts = {"email": user.email, "service": service.name if service else ""}
    if service and not user.is_staff:
        name, address_of = "password_elsewhere", {"sign_in_url": _sign_in_page()}
    else:
        name, address_of = "password_reset", {"password_reset_url": address(user)}
    return letter.compose(
        name,
        {**facts, **address_of},
        to=user.email,
        language=user.language,
        time_zone=user.time_zone,
    )


def address(user: User) -> str:
    """The link, on PUBLIC_URL; written out, for the worker serves no pages and knows no URLs."""
    token = default_token_generator.make_token(user)
    return f"{settings.PUBLIC_URL}/accounts/password/reset/key/{user.pk.hex}-{token}/"


def _sign_in_page() -> str:
    return f"{settings.PUBLIC_URL}/accounts/login/"
