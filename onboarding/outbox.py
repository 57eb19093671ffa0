"""Sends what the flow owes: oldest first, as text and HTML, at most one sender for each mail."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from onboarding import (
    advice,
    certificate_mail,
    invitation_link,
    letter,
    queue,
    sign_in_mail,
)
from onboarding.mail_refusal import Refusal, pause
from onboarding.models import (
    Contact,
    Customer,
    Event,
    Invitation,
    Mail,
    PushCertificate,
    Question,
    TopicChange,
    User,
)

BATCH = 50
# Short, so that many mails do not keep a customer waiting for a key; the rest is asked for anew.
ROUND = timedelta(seconds=5)
# More certificates than that no mail lists.
_NAMED = 20
# As many in a row say that the server is to blame: the others would fail, too.
_FAILURES = 3

logger = logging.getLogger(__name__)


def drain() -> None:
    """Send what is owed and in nobody's hands, until nothing is left or the round is over."""
    server = get_connection()
    try:
        _drain(server)
    finally:
        server.close()


def _drain(server: BaseEmailBackend) -> None:
    deadline = time.monotonic() + ROUND.total_seconds()
    failures = 0
    # What failed stays claimed for a while, so no mail comes up twice in a round.
    while mails := list(Mail.objects.free(timezone.now()).values_list("pk", flat=True)[:BATCH]):
        for mail_id in mails:
            if time.monotonic() > deadline:
                queue.send_mails()
                return
            failures = 0 if deliver(mail_id, server, now=timezone.now()) else failures + 1
            if failures == _FAILURES:
                return


def deliver(mail_id: int, server: BaseEmailBackend, *, now: datetime) -> bool:
    """Send the mail and note when; False if that failed: the reason is noted, the sweep retries.

    A mail that is sent, or in other hands, is left alone. One that the server refuses while it
    would take others is tried again later and later, and given up in the end. The connection stays
    open for the next one: with TLS and a password most of the time of a mail goes into that.
    """
    if not Mail.objects.free(now).filter(pk=mail_id).update(claimed_at=now):
        return True
    mail = Mail.objects.select_related(
        "alarm",
        "csr__customer",
        "csr__requested_by",
        "customer",
        "person",
        "push_certificate__customer",
    ).get(pk=mail_id)
    if mail.kind in certificate_mail.KINDS and not certificate_mail.is_wanted(mail):
        mail.delete()
        return True
    try:
        message = compose(mail)
        server.open()
        message.connection = server
        message.send()
    except (OSError, SMTPException) as error:
        if refusal := Refusal.of(error):
            _note(mail, refusal, now=now)
            return True
        # Whatever state it is in: the next mail begins anew.
        server.close()
        logger.warning("Mail %s was not sent and will be tried again: %s", mail_id, error)
        # The claim stands until it lapses, which spaces the attempts.
        Mail.objects.filter(pk=mail_id).update(failure=str(error)[:200])
        return False
    Mail.objects.filter(pk=mail_id).update(sent_at=now, failure="")
    return True


def _note(mail: Mail, refusal: Refusal, *, now: datetime) -> None:
    """It keeps no other mail waiting: the claim ends, and a pause begins, or nothing does."""
    is_for_good = refusal.is_for_good(owed_since=mail.queued_at, now=now)
    refusals = mail.refusals + 1
    logger.warning(
        "Mail %s was refused and %s: %s",
        mail.pk,
        "is given up" if is_for_good else "will be tried again",
        refusal.words,
    )
    Mail.objects.filter(pk=mail.pk).update(
        claimed_at=None,
        failure=refusal.words[:200],
        refusals=refusals,
        not_before=None if is_for_good else now + pause(refusals),
        refused_at=now if is_for_good else None,
    )


def compose(mail: Mail) -> EmailMultiAlternatives:
    """The message of a mail, in its reader's language and time zone where these are known."""
    facts = _facts(mail)
    reader = _reader(mail, facts)
    certificate = facts.get("certificate")
    headers: dict[str, str] = {}
    if mail.kind in certificate_mail.KINDS and isinstance(certificate, PushCertificate):
        facts |= certificate_mail.facts(mail, certificate, reader, now=timezone.now())
        headers = certificate_mail.headers(facts)
    if mail.kind == Mail.Kind.READY and mail.csr:
        facts["admins"] = certificate_mail.admins_to_ask(reader, mail.csr.customer)
    language, time_zone = _spoken(reader, chosen=str(facts.get("chosen_language", "")))
    message = letter.compose(
        mail.kind,
        {"mail": mail, "reader": reader, **facts},
        to=mail.recipient,
        language=language,
        time_zone=time_zone,
    )
    message.extra_headers |= headers
    return message


def _spoken(reader: User | Contact | None, *, chosen: str) -> tuple[str, str]:
    """In which language and time zone; empty where it is not known.

    What was `chosen` for this mail goes before a contact's language, not before a person's own.
    """
    if isinstance(reader, User):
        # The vendor's side is English, whatever its people read elsewhere.
        return "" if reader.is_staff else reader.language or chosen, reader.time_zone
    return chosen or (reader.language if reader else ""), ""


def _reader(mail: Mail, facts: dict[str, object]) -> User | Contact | None:
    user = User.objects.filter(email__iexact=mail.recipient).first()
    customer = facts.get("customer")
    if user or not isinstance(customer, Customer):
        return user
    return customer.contacts.filter(email__iexact=mail.recipient).first()


def _facts(mail: Mail) -> dict[str, object]:
    if mail.alarm:
        return {"alarm": mail.alarm, "advice": advice.on(mail.alarm)}
    if mail.person:
        return sign_in_mail.facts(mail)
    if about_people := _PEOPLE.get(Mail.Kind(mail.kind)):
        return {"customer": mail.customer, **about_people(mail)}
    about = mail.push_certificate or mail.csr
    return {
        "csr": mail.csr,
        "question": _csr_question(mail),
        "change": _topic_change(mail),
        "customer": mail.customer or (about.customer if about else None),
        "certificate": mail.push_certificate or getattr(mail.csr, "push_certificate", None),
    }


def _of_invitation(mail: Mail) -> dict[str, object]:
    """With the link, which is made here and nowhere kept."""
    invitation = Invitation.objects.select_related("invited_by").get(
        pk=mail.occasion.partition("/")[0]
    )
    return {
        "invitation": invitation,
        "link": invitation_link.address(invitation),
        "chosen_language": invitation.language,
    }


def _of_joined(mail: Mail) -> dict[str, object]:
    invitation, _, person = mail.occasion.partition("/")
    return {
        "invitation": Invitation.objects.get(pk=invitation),
        "person": User.objects.get(pk=person),
    }


def _of_role(mail: Mail) -> dict[str, object]:
    return {"role": mail.occasion.partition("/")[2]}


def _of_closing(mail: Mail) -> dict[str, object]:
    """What the closing ended, and the certificates that it did not end."""
    closing = Event.objects.get(pk=mail.occasion)
    certificates = PushCertificate.objects.current(closing.at).filter(customer=mail.customer)
    return {
        "csrs_ended": closing.facts["csrs_ended"],
        "keys_destroyed": closing.facts["keys_destroyed"],
        "certificates": certificates.defer("der").order_by("not_after")[:_NAMED],
    }


_PEOPLE: dict[Mail.Kind, Callable[[Mail], dict[str, object]]] = {
    Mail.Kind.INVITATION: _of_invitation,
    Mail.Kind.JOINED: _of_joined,
    Mail.Kind.ROLE_CHANGED: _of_role,
    Mail.Kind.REMOVED: lambda _: {},
    Mail.Kind.CLOSED: _of_closing,
}


def _csr_question(mail: Mail) -> Question | None:
    """Which question a mail tells of, or of whose answer."""
    if mail.kind not in {Mail.Kind.CSR_QUESTION, Mail.Kind.CSR_ANSWER}:
        return None
    return Question.objects.select_related("answered_by").get(pk=mail.occasion)


def _topic_change(mail: Mail) -> TopicChange | None:
    """Which other topic a mail tells of as declined."""
    if mail.kind != Mail.Kind.TOPIC_DECLINED:
        return None
    return TopicChange.objects.get(pk=mail.occasion)
