"""The mail with which a person sets a new password: made in the worker, its link never stored."""

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMultiAlternatives

from onboarding import letter
from onboarding.models import User


def compose(user: User) -> EmailMultiAlternatives:
    facts = {"email": user.email, "password_reset_url": address(user)}
    return letter.compose(
        "password_reset",
        facts,
        to=user.email,
        language=user.language,
        time_zone=user.time_zone,
    )


def address(user: User) -> str:
    """The link, on PUBLIC_URL; written out, for the worker serves no pages and knows no URLs."""
    token = default_token_generator.make_token(user)
    return f"{settings.PUBLIC_URL}/accounts/password/reset/key/{user.pk.hex}-{token}/"
