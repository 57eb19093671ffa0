"""Which mails a change owes, and to whom: rows in the same transaction as the change."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models.functions import Cast
from django.utils import timezone

from onboarding import queue
from onboarding.lifecycle import batch
from onboarding.models import (
    CSR,
    Alarm,
    Campaign,
    Customer,
    Event,
    Invitation,
    Mail,
    Membership,
    PushCertificate,
    Question,
    Reminder,
    SignInQuestion,
    User,
)


def to_staff(kind: Mail.Kind, csr: CSR) -> None:
    """Owe this mail to everyone who may approve."""
    _owe((user.email for user in _staff_who_may("approve_csr")), kind=kind, csr=csr)


def topic_change(csr: CSR, *, topic: str) -> None:
    """Owe those who may let another topic in the mail on one for which a customer asks."""
    addresses = (user.email for user in _staff_who_may("override_topic"))
    _owe(addresses, kind=Mail.Kind.TOPIC_CHANGE, csr=csr, occasion=topic[-100:])


def alarm(alarm: Alarm) -> None:
    """Owe the mail on this alarm to all who may close alarms: they can do something about it."""
    addresses = (user.email for user in _staff_who_may("close_alarm"))
    _owe(addresses, kind=Mail.Kind.ALARM, alarm=alarm)


def csr_answer(question: Question) -> None:
    """Owe the mail with the customer's answer to who asked."""
    _owe(
        [question.asked_by.email],
        kind=Mail.Kind.CSR_ANSWER,
        csr=question.csr,
        occasion=str(question.pk),
    )


def to_customer(kind: Mail.Kind, csr: CSR, *, occasion: str = "") -> None:
    """Owe this mail to who asked, to the customer's admins, and to its contacts."""
    to_customers(kind, [csr.pk], occasion=occasion)


def about_certificate(kind: Mail.Kind, certificate: PushCertificate, *, occasion: str = "") -> None:
    """Owe this mail on a certificate to its customer's admins and contacts."""
    _owe(
        readers_of(certificate.customer),
        kind=kind,
        push_certificate=certificate,
        occasion=occasion,
    )


def readers_of(customer: Customer) -> list[str]:
    """The addresses of a customer's active admins and of its contacts."""
    admins = customer.memberships.acting()
    return [
        *admins.values_list("user__email", flat=True),
        *customer.contacts.values_list("email", flat=True),
    ]


def readers(csrs: Iterable[CSR]) -> dict[UUID, list[str]]:
    """The addresses to which `to_customer` would send, of each of these CSRs, by its id."""
    found: dict[UUID, dict[str, str]] = {}
    for csr_id, address in sorted(_readers([csr.pk for csr in csrs])):
        found.setdefault(csr_id, {}).setdefault(address.lower(), address)
    return {csr_id: list(addresses.values()) for csr_id, addresses in found.items()}


def to_customers(kind: Mail.Kind, csr_ids: Sequence[UUID], *, occasion: str = "") -> None:
    """The same for each of these CSRs, in one statement."""
    readers, parameters = _readers(csr_ids).query.sql_with_params()
    # One address in two spellings is one reader, and who is owed this mail is not owed it again.
    batch.insert_select(
        Mail,
        ["kind", "csr", "recipient", "queued_at", "failure", "occasion"],
        f"WITH readers(csr_id, email) AS ({readers})"  # noqa: S608 - Django's own SQL
        " SELECT %s, csr_id, MIN(email), %s, '', %s FROM readers"
        " GROUP BY csr_id, LOWER(email) ON CONFLICT DO NOTHING",
        [*parameters, kind, timezone.now(), occasion],
    )
    queue.send_mails()


def _readers(csr_ids: Sequence[UUID]) -> "models.QuerySet[CSR, tuple[UUID, str]]":
    """The ids of these CSRs, each with every address that is told of it, in whatever spelling."""
    csrs = CSR.objects.filter(pk__among=csr_ids).order_by()
    admins = csrs.filter(
        customer__memberships__role=Membership.Role.ADMIN,
        customer__memberships__user__is_active=True,
    )
    return admins.values_list("pk", "customer__memberships__user__email").union(
        csrs.filter(customer__contacts__isnull=False).values_list(
            "pk", "customer__contacts__email"
        ),
        csrs.filter(requested_by__is_active=True).values_list("pk", "requested_by__email"),
        all=True,
    )


def invitation(invitation: Invitation) -> None:
    """Owe who is invited the mail with the link."""
    _owe(
        [invitation.email],
        kind=Mail.Kind.INVITATION,
        customer=invitation.customer,
        occasion=f"{invitation.pk}/{invitation.link}",
    )


def call_off_invitation(invitation: Invitation) -> None:
    """What was not mailed yet, or given up, would only confuse: its link works no more."""
    owed = Mail.objects.filter(
        kind=Mail.Kind.INVITATION, customer=invitation.customer, sent_at__isnull=True
    )
    owed.filter(occasion__startswith=f"{invitation.pk}/").delete()


def about_member(kind: Mail.Kind, customer: Customer, *, to: str, about: str) -> None:
    """Owe this address the mail on who joined, or on a role that changed or ended."""
    _owe([to], kind=kind, customer=customer, occasion=about)


def customer_closed(customer: Customer, *, closing: Event) -> None:
    """Owe the customer's people and contacts the mail on what the closing means."""
    _owe(
        told_of_closing(customer),
        kind=Mail.Kind.CLOSED,
        customer=customer,
        occasion=str(closing.pk),
    )


def told_of_closing(customer: Customer) -> list[str]:
    """The addresses of its active admins and readers, and of its contacts."""
    members = customer.memberships.filter(user__is_active=True)
    return [
        *members.values_list("user__email", flat=True),
        *customer.contacts.values_list("email", flat=True),
    ]


def call_off_closing(customer: Customer) -> None:
    """What was not mailed yet is not so any more: the customer is open again."""
    of_closing = Mail.objects.filter(kind=Mail.Kind.CLOSED, customer=customer)
    of_closing.unclaimed(timezone.now()).delete()
    of_closing.given_up().delete()


def about_sign_in(kind: Mail.Kind, person: User, *, about: str) -> None:
    """Owe a person the mail on what became of that by which they sign in."""
    _owe([person.email], kind=kind, person=person, occasion=about)


def reminders(certificate_ids: Sequence[UUID], *, at: datetime) -> None:
    """Owe the mails of the reminders that were written `at` this moment, to all who want them.

    They take the place of earlier ones that were not sent yet.
    """
    told = Reminder.objects.filter(at=at, push_certificate__id__among=certificate_ids)
    # Of those that were written now alone: what another worker owes at this moment stays.
    unsent = Mail.objects.unclaimed(at).filter(kind=Mail.Kind.REMINDER)
    now_told = list(told.order_by().values_list("push_certificate", flat=True))
    unsent.filter(push_certificate__id__among=now_told).delete()
    occasion = Cast("threshold", models.CharField())
    _of_certificates(told.annotate(occasion=occasion), kind=Mail.Kind.REMINDER, at=at)


def renewal(certificate: PushCertificate, *, to: Iterable[str], occasion: str) -> None:
    """Owe these addresses the renewal mail of one certificate, beside its reminders."""
    _owe(to, kind=Mail.Kind.RENEWAL, push_certificate=certificate, occasion=occasion)


def campaign(campaign: Campaign, certificate_ids: Sequence[UUID], *, at: datetime) -> int:
    """Owe the campaign's mail on these certificates to all who want reminders; how many mails."""
    if not certificate_ids:
        return 0
    rows = campaign.rows.filter(push_certificate__id__among=certificate_ids)
    named = rows.annotate(occasion=models.Value(campaign.occasion))
    return _of_certificates(named, kind=Mail.Kind.RENEWAL, at=at)


def call_off_campaign(campaign: Campaign, *, now: datetime) -> int:
    """What is in nobody's hands is owed no more; how many mails that were."""
    unsent = Mail.objects.unclaimed(now).filter(kind=Mail.Kind.RENEWAL, occasion=campaign.occasion)
    called_off, _ = unsent.delete()
    return called_off


def questions(asked: "models.QuerySet[SignInQuestion]", *, occasion: str, at: datetime) -> None:
    """Owe the mails of these questions, to all who want reminders."""
    named = asked.annotate(occasion=models.Value(occasion))
    _of_certificates(named, kind=Mail.Kind.QUESTION, at=at)


def _of_certificates(about: "models.QuerySet[Any]", *, kind: Mail.Kind, at: datetime) -> int:
    """Owe the mail on each of these rows' certificates, in one statement; how many mails.

    Any: several nouns.
    """
    customer = "push_certificate__customer"
    members = about.order_by().filter(
        **{
            f"{customer}__memberships__wants_reminders": True,
            f"{customer}__memberships__user__is_active": True,
        }
    )
    contacts = about.order_by().filter(**{f"{customer}__contacts__wants_reminders": True})
    names = ("push_certificate", "occasion")
    everybody = members.values_list(*names, f"{customer}__memberships__user__email").union(
        contacts.values_list(*names, f"{customer}__contacts__email"), all=True
    )
    readers, parameters = everybody.query.sql_with_params()
    # One address in two spellings is one reader.
    owed = batch.insert_select(
        Mail,
        ["kind", "push_certificate", "occasion", "recipient", "queued_at", "failure"],
        f"WITH readers(certificate_id, occasion, email) AS ({readers})"  # noqa: S608 - Django's own
        " SELECT %s, certificate_id, occasion, MIN(email), %s, ''"
        " FROM readers GROUP BY certificate_id, occasion, LOWER(email) ON CONFLICT DO NOTHING",
        [*parameters, kind, at],
    )
    queue.send_mails()
    return owed


def _staff_who_may(permission: str) -> Iterable[User]:
    staff = User.objects.filter(is_active=True, is_staff=True)
    return (user for user in staff if user.has_perm(f"onboarding.{permission}"))


def _owe(
    addresses: Iterable[str],
    *,
    kind: Mail.Kind,
    csr: CSR | None = None,
    alarm: Alarm | None = None,
    customer: Customer | None = None,
    push_certificate: PushCertificate | None = None,
    person: User | None = None,
    occasion: str = "",
) -> None:
    # One address in two spellings is one reader.
    distinct = {address.lower(): address for address in addresses}.values()
    now = timezone.now()
    Mail.objects.bulk_create(
        (
            Mail(
                kind=kind,
                csr=csr,
                alarm=alarm,
                customer=customer,
                push_certificate=push_certificate,
                person=person,
                occasion=occasion,
                recipient=one,
                queued_at=now,
            )
            for one in distinct
        ),
        ignore_conflicts=True,
    )
    queue.send_mails()
