"""Reminders of a certificate's end: a row for each, and its mails, in one transaction."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from onboarding import errors
from onboarding.lifecycle import owed_mail
from onboarding.lifecycle.actor import Actor, demand_open, demand_process, demand_staff
from onboarding.lifecycle.transition import record
from onboarding.models import Mail, PushCertificate, Reminder, ReminderDay

# A second mail sooner than that is a mistake: a double click, a colleague with the same thought.
DISTANCE = timedelta(hours=1)


@transaction.atomic
def remind(thresholds: Mapping[UUID, int], *, now: datetime, by: Actor) -> None:
    """Owe the reminders of these certificates, each of its threshold.

    Safe twice and at several workers at once: one of a threshold is told once. No Events: the
    rows are the record.
    """
    demand_process(by, Actor.worker())
    Reminder.objects.bulk_create(
        (Reminder(push_certificate_id=pk, threshold=one, at=now) for pk, one in thresholds.items()),
        ignore_conflicts=True,
    )
    owed_mail.reminders(list(thresholds), at=now)


@transaction.atomic
def finish_reminder_day(now: datetime, *, reminded: int, by: Actor) -> None:
    """All that is due on the day of `now` is owed."""
    demand_process(by, Actor.worker())
    ReminderDay.objects.get_or_create(
        day=now.date(), defaults={"finished_at": now, "reminded": reminded}
    )


@transaction.atomic
def remind_now(certificate: PushCertificate, *, by: Actor) -> list[str]:
    """Owe the renewal mail of this certificate to all who want reminders; the addresses.

    The daily reminders come all the same. Raises WrongState if it is not active, if nobody is
    told, or sooner than DISTANCE after the last mail about its end.
    """
    demand_staff(by, permission="remind_customers")
    # Locked: of two at once, the second finds the mails of the first.
    locked = PushCertificate.objects.select_for_update(of=("self",)).select_related("customer")
    current = locked.defer("der").get(pk=certificate.pk)
    demand_open(current.customer)
    if current.state != PushCertificate.State.ACTIVE:
        raise errors.WrongState("This certificate is not active any more. Nothing was sent.")
    readers = sorted(current.customer.readers())
    if not readers:
        raise errors.WrongState(
            "Nobody at %(customer)s wants reminders, so there is nobody to send it to. Add a"
            " contact, or invite somebody.",
            customer=current.customer,
        )
    now, last = timezone.now(), last_told(current)
    if last and last > now - DISTANCE:
        raise errors.WrongState(
            "The last mail about the end of this certificate is of %(last)s, less than an hour"
            " ago. Nothing more was sent.",
            last=f"{last:%Y-%m-%d %H:%M} UTC",
        )
    owed_mail.renewal(current, to=readers, occasion=now.isoformat())
    record(
        "remind_now",
        by=by,
        customer=current.customer,
        csr=None if current.is_imported else current.csr,
        push_certificate=current,
        topic=current.topic,
        recipients=readers,
    )
    return readers


def possible_from(certificates: Iterable[PushCertificate]) -> dict[UUID, datetime]:
    """Of each of these that was told of at all: from when on `remind_now` takes it again."""
    return {pk: last + DISTANCE for pk, last in _last_told(certificates).items()}


def last_told(certificate: PushCertificate) -> datetime | None:
    """When the last mail about its end was written, by the calendar or by staff."""
    return _last_told([certificate]).get(certificate.pk)


def _last_told(certificates: Iterable[PushCertificate]) -> dict[UUID, datetime]:
    mails = Mail.objects.filter(
        kind__in=[Mail.Kind.REMINDER, Mail.Kind.RENEWAL],
        push_certificate__in=[one.pk for one in certificates],
    )
    return dict(mails.order_by().values_list("push_certificate").annotate(Max("queued_at")))
