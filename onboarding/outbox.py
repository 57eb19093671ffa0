"""Sends what the flow owes: one mail at a time, as text and HTML, at most one sender each."""

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.core.mail import EmailMultiAlternatives
from django.db.models import Q

from onboarding import letter
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
    facts = {
        "mail": mail,
        "csr": mail.csr,
        "customer": mail.csr.customer,
        "certificate": getattr(mail.csr, "push_certificate", None),
    }
    return letter.compose(mail.kind, facts, to=mail.recipient)
