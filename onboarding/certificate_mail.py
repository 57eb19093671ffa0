"""What the mails about a certificate's end say, each to its reader, and whether still to say it."""

from datetime import datetime

from django.conf import settings

from onboarding import questions, signed_links
from onboarding.models import (
    CSR,
    Campaign,
    Contact,
    Customer,
    Mail,
    PushCertificate,
    SignInQuestion,
    User,
)
from onboarding.signed_links import Purpose

KINDS = frozenset({Mail.Kind.REMINDER, Mail.Kind.RENEWAL, Mail.Kind.QUESTION})


def is_wanted(mail: Mail) -> bool:
    """Asked before it is sent: it may have waited while the certificate was renewed."""
    certificate = mail.push_certificate
    return (
        certificate is not None
        and certificate.state == PushCertificate.State.ACTIVE
        and certificate.customer.is_told(mail.recipient)
        and not _is_answered(mail)
        and not _is_called_off(mail)
    )


def facts(
    mail: Mail, certificate: PushCertificate, reader: User | Contact | None, *, now: datetime
) -> dict[str, object]:
    customer = certificate.customer
    page = f"{settings.PUBLIC_URL}/certificates/{certificate.pk}"
    is_member = isinstance(reader, User) and customer.memberships.filter(user=reader).exists()
    admins = admins_to_ask(reader, customer)
    return {
        "is_expired": certificate.is_expired(now),
        "is_key_lost": certificate.is_key_lost,
        "renewal": certificate.renewals.live().first(),
        "waits_for_customer": certificate.renewals.filter(state=CSR.State.SIGNED).exists(),
        "account": certificate.apple_account or customer.apple_account,
        "renew_url": f"{page}/renew",
        # Who is no member reads the guide by the link alone.
        "transfer_url": f"{page}/transfer"
        if is_member
        else signed_links.address(Purpose.TRANSFER, mail.pk),
        "notifications_url": f"{settings.PUBLIC_URL}/customers/{customer.pk}/notifications"
        if is_member
        else "",
        "answer_url": signed_links.address(Purpose.ANSWER, mail.pk),
        "answer_by": questions.answer_by(mail.queued_at or now),
        "words": campaign.text if (campaign := _campaign(mail)) else "",
        "stop_url": signed_links.address(Purpose.STOP, mail.pk),
        "admins": admins,
        "nobody_can_renew": not admins and not _may_act(reader, customer),
    }


def admins_to_ask(reader: User | Contact | None, customer: Customer) -> list[User]:
    """Whom to hand a mail to, for those who may not act themselves."""
    return [] if _may_act(reader, customer) else _admins(customer)


def headers(facts: dict[str, object]) -> dict[str, str]:
    """One click in the reader's mail program ends them (RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{facts['stop_url']}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _is_answered(mail: Mail) -> bool:
    """Whether a colleague was quicker than the mail server."""
    if mail.kind != Mail.Kind.QUESTION:
        return False
    asked = SignInQuestion.objects.filter(push_certificate=mail.push_certificate)
    return asked.exclude(answer="").exists()


def _is_called_off(mail: Mail) -> bool:
    """Whether its campaign was stopped while a sender that died had it in hands."""
    campaign = _campaign(mail)
    return campaign is not None and campaign.state == Campaign.State.STOPPED


def _campaign(mail: Mail) -> Campaign | None:
    return Campaign.of(mail.occasion) if mail.kind == Mail.Kind.RENEWAL else None


def _may_act(reader: User | Contact | None, customer: Customer) -> bool:
    return isinstance(reader, User) and (
        reader.is_staff or customer.memberships.acting().filter(user=reader).exists()
    )


def _admins(customer: Customer) -> list[User]:
    found = customer.memberships.acting().select_related("user").order_by("user__name", "id")
    return [membership.user for membership in found]
