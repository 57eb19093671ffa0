"""Sends what the flow owes: one mail at a time, as text and HTML, at most one sender each."""

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Q
from django.template.loader import render_to_string

from onboarding.models import Mail

# A sender that died holds its mail no longer than this; sending takes at most EMAIL_TIMEOUT.
CLAIM = timedelta(minutes=3)

logger = logging.getLogger(__name__)


def deliver(mail_id: int, *, now: datetime) -> None:
    """Send the mail and note when; on failure note why and leave it to the sweep."""
    free = Q(claimed_at__isnull=True) | Q(claimed_at__lt=now - CLAIM)
    if not Mail.objects.filter(free, pk=mail_id, sent_at__isnull=True).update(claimed_at=now):
        return
    mail = Mail.objects.select_related("csr__customer", "csr__requested_by").get(pk=mail_id)
    try:
        compose(mail).send()
    except (OSError, SMTPException) as error:
        logger.warning("Mail %s was not sent and will be tried again: %s", mail_id, error)
        # The claim stands until it lapses, which spaces the attempts.
        Mail.objects.filter(pk=mail_id).update(failure=str(error)[:200])
        return
    Mail.objects.filter(pk=mail_id).update(sent_at=now, failure="")


def compose(mail: Mail) -> EmailMultiAlternatives:
    """The message: subject from the first line of the text template, then text and HTML."""
    context = {
        "mail": mail,
        "csr": mail.csr,
        "customer": mail.csr.customer,
        "certificate": getattr(mail.csr, "push_certificate", None),
        "portal_url": settings.PUBLIC_URL,
        "vendor_name": settings.VENDOR_NAME,
        "apple_portal_url": settings.APPLE_PORTAL_URL,
    }
    text = render_to_string(f"mail/{mail.kind}.txt", context)
    subject, _, body = text.partition("\n")
    message = EmailMultiAlternatives(subject.strip(), body.lstrip(), to=[mail.recipient])
    # Made by a machine: no out-of-office answers, please (RFC 3834).
    message.extra_headers["Auto-Submitted"] = "auto-generated"
    message.attach_alternative(render_to_string(f"mail/{mail.kind}.html", context), "text/html")
    return message
