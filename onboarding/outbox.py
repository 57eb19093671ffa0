"""Sends what the flow owes: oldest first, as text and HTML, at most one sender for each mail."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from onboarding import advice, invitation_link, letter, queue
from onboarding.models import Invitation, Mail, User

BATCH = 50
# Short, so that many mails do not keep a customer waiting for a key; the rest is asked for anew.
ROUND = timedelta(seconds=5)
# As many in a row say that the server is to blame: the others would fail, too.
_FAILURES = 3

logger = logging.getLogger(__name__)


def drain() -> None:
    """Send what is owed and in nobody's hands, until nothing is left or the round is over."""
    deadline = time.monotonic() + ROUND.total_seconds()
    failures = 0
    # What failed stays claimed for a while, so no mail comes up twice in a round.
    while mails := list(Mail.objects.free(timezone.now()).values_list("pk", flat=True)[:BATCH]):
        for mail_id in mails:
            if time.monotonic() > deadline:
                queue.send_mails()
                return
            failures = 0 if deliver(mail_id, now=timezone.now()) else failures + 1
            if failures == _FAILURES:
                return


def deliver(mail_id: int, *, now: datetime) -> bool:
    """Send the mail and note when; False if that failed: the reason is noted, the sweep retries.

    A mail that is sent, or in other hands, is left alone.
    """
    if not Mail.objects.free(now).filter(pk=mail_id).update(claimed_at=now):
        return True
    mail = Mail.objects.select_related(
        "alarm", "csr__customer", "csr__requested_by", "customer", "push_certificate__customer"
    ).get(pk=mail_id)
    try:
        compose(mail).send()
    except (OSError, SMTPException) as error:
        logger.warning("Mail %s was not sent and will be tried again: %s", mail_id, error)
        # The claim stands until it lapses, which spaces the attempts.
        Mail.objects.filter(pk=mail_id).update(failure=str(error)[:200])
        return False
    Mail.objects.filter(pk=mail_id).update(sent_at=now, failure="")
    return True


def compose(mail: Mail) -> EmailMultiAlternatives:
    """The message of a mail, in its reader's language and time zone where these are known."""
    reader = User.objects.filter(email__iexact=mail.recipient).first()
    facts = {"mail": mail, "reader": reader, **_facts(mail)}
    # The vendor's side is English, whatever its people read elsewhere.
    language = reader.language if reader and not reader.is_staff else ""
    time_zone = reader.time_zone if reader else ""
    return letter.compose(
        mail.kind, facts, to=mail.recipient, language=language, time_zone=time_zone
    )


def _facts(mail: Mail) -> dict[str, object]:
    if mail.alarm:
        return {"alarm": mail.alarm, "advice": advice.on(mail.alarm)}
    if about_people := _PEOPLE.get(Mail.Kind(mail.kind)):
        return {"customer": mail.customer, **about_people(mail)}
    about = mail.push_certificate or mail.csr
    return {
        "csr": mail.csr,
        "customer": mail.customer or (about.customer if about else None),
        "certificate": mail.push_certificate or getattr(mail.csr, "push_certificate", None),
    }


def _of_invitation(mail: Mail) -> dict[str, object]:
    """With the link, which is made here and nowhere kept."""
    invitation = Invitation.objects.select_related("invited_by").get(
        pk=mail.occasion.partition("/")[0]
    )
    return {"invitation": invitation, "link": invitation_link.address(invitation)}


def _of_joined(mail: Mail) -> dict[str, object]:
    invitation, _, person = mail.occasion.partition("/")
    return {
        "invitation": Invitation.objects.get(pk=invitation),
        "person": User.objects.get(pk=person),
    }


def _of_role(mail: Mail) -> dict[str, object]:
    return {"role": mail.occasion.partition("/")[2]}


_PEOPLE: dict[Mail.Kind, Callable[[Mail], dict[str, object]]] = {
    Mail.Kind.INVITATION: _of_invitation,
    Mail.Kind.JOINED: _of_joined,
    Mail.Kind.ROLE_CHANGED: _of_role,
    Mail.Kind.REMOVED: lambda _: {},
}
