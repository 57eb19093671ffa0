"""A mail from its two templates, as text and HTML."""

from collections.abc import Mapping
from email.header import Header
from email.message import Message
from email.policy import compat32

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from onboarding import language as languages

# What a line may be long at most: any (RFC 5322, 2.1.1), and one with encoded words (RFC 2047, 2).
_LONGEST_LINE = 998
_LONGEST_ENCODED = 76


class Letter(EmailMultiAlternatives):
    """A mail none of whose fields begins with an empty line, which filters take for spam.

    Django folds a subject without a thought of the field's name, and Python then breaks what is too
    long for the line before its first word, a link that has no blank to be broken at as well.
    """

    # The stubs are of a later Django, which takes a policy here.
    def message(self) -> Message:  # type: ignore[override]
        message = super().message()
        subject = Header(str(self.subject), maxlinelen=_LONGEST_ENCODED, header_name="Subject")
        message.replace_header("Subject", subject.encode())
        message.policy = compat32.clone(max_line_length=_LONGEST_LINE)
        return message


def compose(
    name: str,
    facts: Mapping[str, object],
    *,
    to: str,
    language: str = "",
    time_zone: str = "",
) -> Letter:
    """The mail `name` in `language`: its subject is the first line of `mail/<name>.txt`.

    Moments are in `time_zone`; for who has said neither it is English and UTC.
    """
    with languages.spoken(language, time_zone):
        return _compose(name, facts, to=to)


def _compose(name: str, facts: Mapping[str, object], *, to: str) -> Letter:
    context = {
        "portal_url": settings.PUBLIC_URL,
        "vendor_name": settings.VENDOR_NAME,
        "vendor_contact": settings.VENDOR_CONTACT,
        "apple_portal_url": settings.APPLE_PORTAL_URL,
        **facts,
    }
    subject, _, body = render_to_string(f"mail/{name}.txt", context).partition("\n")
    body += render_to_string("mail/contact.txt", context)
    message = Letter(subject.strip(), body.lstrip(), to=[to])
    # Made by a machine: no out-of-office answers, please (RFC 3834).
    message.extra_headers["Auto-Submitted"] = "auto-generated"
    message.attach_alternative(render_to_string(f"mail/{name}.html", context), "text/html")
    return message
