"""Reminders of a certificate's end: a row for each, and its mails, in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from onboarding.lifecycle import owed_mail
from onboarding.lifecycle.actor import Actor, demand_process
from onboarding.models import Reminder, ReminderDay


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
