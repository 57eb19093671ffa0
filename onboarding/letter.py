"""A mail from its two templates, as text and HTML."""

from collections.abc import Mapping

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from onboarding import language as languages


def compose(
    name: str,
    facts: Mapping[str, object],
    *,
    to: str,
    language: str = "",
    time_zone: str = "",
) -> EmailMultiAlternatives:
    """The mail `name` in `language`: its subject is the first line of `mail/<name>.txt`.

    Moments are in `time_zone`; for who has said neither it is English and UTC.
    """
    with languages.spoken(language, time_zone):
        return _compose(name, facts, to=to)


def _compose(name: str, facts: Mapping[str, object], *, to: str) -> EmailMultiAlternatives:
    context = {
        "portal_url": settings.PUBLIC_URL,
        "vendor_name": settings.VENDOR_NAME,
        "vendor_contact": settings.VENDOR_CONTACT,
        "apple_portal_url": settings.APPLE_PORTAL_URL,
        **facts,
    }
    subject, _, body = render_to_string(f"mail/{name}.txt", context).partition("\n")
    body += render_to_string("mail/contact.txt", context)
    message = EmailMultiAlternatives(subject.strip(), body.lstrip(), to=[to])
    # Made by a machine: no out-of-office answers, please (RFC 3834).
    message.extra_headers["Auto-Submitted"] = "auto-generated"
    message.attach_alternative(render_to_string(f"mail/{name}.html", context), "text/html")
    return message
