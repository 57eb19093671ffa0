"""The mail with which a person sets a new password: made in the worker, its link never stored."""

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from onboarding.models import User


def compose(user: User) -> EmailMultiAlternatives:
    """Subject from the first line of the text template, then text and HTML."""
    context = {
        "email": user.email,
        "password_reset_url": address(user),
        "portal_url": settings.PUBLIC_URL,
        "vendor_name": settings.VENDOR_NAME,
    }
    subject, _, body = render_to_string("mail/password_reset.txt", context).partition("\n")
    message = EmailMultiAlternatives(subject.strip(), body.lstrip(), to=[user.email])
    message.extra_headers["Auto-Submitted"] = "auto-generated"
    message.attach_alternative(render_to_string("mail/password_reset.html", context), "text/html")
    return message


def address(user: User) -> str:
    """The link, on PUBLIC_URL; written out, for the worker serves no pages and knows no URLs."""
    token = default_token_generator.make_token(user)
    return f"{settings.PUBLIC_URL}/accounts/password/reset/key/{user.pk.hex}-{token}/"
