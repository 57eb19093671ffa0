"""The day's reminders and questions: beat asks for them, and the sweep while they are missing."""

from collections.abc import Iterator
from datetime import UTC, datetime, time

from celery import shared_task
from django.conf import settings
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from onboarding import lifecycle, queue, reminders
from onboarding.lifecycle import Actor
from onboarding.models import Alarm, PushCertificate, Reminder, ReminderDay
from onboarding.reminders import Candidate
from onboarding.tasks import questions
from onboarding.tasks.watch import settle

PAGE = 1000


@shared_task(name=queue.REMIND)
def remind() -> None:
    """Owe all that is due today, page by page: what was cut off goes on where it was.

    And tell staff what came to light on the way.
    """
    now = timezone.now()
    if ReminderDay.objects.filter(day=now.date()).exists():
        return
    reminded = 0
    for page in _pages(now):
        due = reminders.due(page, now=now)
        # Who is told is asked of the few that are due, not of all that end.
        if read := PushCertificate.objects.read_among(due.keys()):
            lifecycle.remind({pk: due[pk] for pk in read}, now=now, by=Actor.worker())
            reminded += len(read)
    questions.ask(now)
    settle(Alarm.Kind.UNREACHED, questions.untold())
    settle(Alarm.Kind.UNANSWERED, questions.ignored(now))
    lifecycle.finish_reminder_day(now, reminded=reminded, by=Actor.worker())


def ask_again(*, now: datetime) -> None:
    """For the sweep: beat may have been away at the hour, or the worker for days."""
    hour = time(*settings.REMIND_AT, tzinfo=UTC)
    is_late = now >= datetime.combine(now.astimezone(UTC).date(), hour)
    if (
        is_late
        and not ReminderDay.objects.filter(day=now.date()).exists()
        and PushCertificate.objects.active().exists()
    ):
        queue.remind()


def _pages(now: datetime) -> Iterator[list[Candidate]]:
    """Those that end soon enough, in the order of their end."""
    told = Reminder.objects.filter(push_certificate=OuterRef("pk")).order_by("threshold")
    ending = PushCertificate.objects.active().filter(not_after__lt=reminders.horizon(now))
    columns = ("pk", "not_after", Subquery(told.values("threshold")[:1]))
    last = None
    while rows := list(ending.by_end(after=last).values_list(*columns)[:PAGE]):
        page = [Candidate(*row) for row in rows]
        yield page
        last = (page[-1].not_after, page[-1].pk)
