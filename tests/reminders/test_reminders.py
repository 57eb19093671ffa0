"""Each reminder is told once, when it is due, whatever was down: none is missed, none doubled."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import IntegrityError
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, Settings

from onboarding import errors, lifecycle, outbox, queue, reminders, tasks
from onboarding.lifecycle import Actor, owed_mail
from onboarding.models import Contact, Customer, Mail, Membership, PushCertificate, Reminder, User
from onboarding.reminders import Candidate
from onboarding.tasks import reminders as reminder_tasks
from tests.reminders.conftest import DAY, NOW, Issue

State = PushCertificate.State


def on(moment: datetime) -> None:
    """One round of the worker at this moment; its mails are sent."""
    with time_machine.travel(moment, tick=False):
        tasks.remind()
    Mail.objects.update(sent_at=moment)


def told() -> list[int]:
    return list(Reminder.objects.order_by("id").values_list("threshold", flat=True))


@pytest.mark.parametrize(
    ("days", "threshold"),
    [
        (91, None),
        (90, 90),
        (61, 90),
        (60, 60),
        (30, 30),
        (8, 14),
        (7, 7),
        (2, 7),
        (1, 1),
        (0, 0),
        (-6, 0),
        (-7, -7),
        (-13, -7),
        (-14, -14),
        (-400, -399),
    ],
)
def test_a_threshold_is_reached(days: int, threshold: int | None) -> None:
    assert reminders.reached(NOW + days * DAY, now=NOW) == threshold


def test_the_horizon_is_where_the_first_threshold_begins() -> None:
    horizon = reminders.horizon(NOW)

    assert reminders.reached(horizon - timedelta(microseconds=1), now=NOW) == 90
    assert reminders.reached(horizon, now=NOW) is None


def test_what_was_told_is_not_due_again() -> None:
    pk = uuid4()

    found = [
        reminders.due([Candidate(pk, NOW + 20 * DAY, last)], now=NOW) for last in (None, 60, 30, 14)
    ]

    assert found == [{pk: 30}, {pk: 30}, {}, {}]


class Model:
    """The same rules told another way: a list of days, crossed off up to the newest one told."""

    def __init__(self) -> None:
        self._crossed_off: dict[UUID, date] = {}

    def due(self, ends: Iterable[tuple[UUID, date]], today: date) -> set[tuple[UUID, date]]:
        return {(pk, day) for pk, end in ends if (day := self._of(pk, end, today))}

    def _of(self, pk: UUID, end: date, today: date) -> date | None:
        ahead = [end - timedelta(days=days) for days in (90, 60, 30, 14, 7, 1, 0)]
        after = [end + timedelta(weeks=weeks) for weeks in range(1, 100)]
        open_ones = [
            day for day in (*ahead, *after) if self._crossed_off.get(pk, date.min) < day <= today
        ]
        if not open_ones:
            return None
        self._crossed_off[pk] = max(open_ones)
        return max(open_ones)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.timeout(300)
def test_over_400_days_with_downtime_and_renewals_no_reminder_is_missed_or_doubled(
    seed: int, issue: Issue, contact: Contact
) -> None:
    random, model = Random(seed), Model()  # noqa: S311 - chance, not secrets
    ends = {one.pk: one.not_after for one in (issue(_some_end(random)) for _ in range(8))}
    down_until, found, expected = 0, set[tuple[UUID, date]](), set[tuple[UUID, date]]()

    for number in range(400):
        now = NOW + number * DAY + timedelta(minutes=random.randrange(16 * 60))
        if random.random() < 0.02:
            pk = random.choice(sorted(ends))
            renewed = PushCertificate.objects.filter(pk=pk)
            renewed.update(state=State.SUPERSEDED)
            end = ends.pop(pk)
            successor = issue(max(end, now) + 365 * DAY)
            ends[successor.pk] = successor.not_after
        if random.random() < 0.05:
            down_until = number + random.choice([1, 1, 3, 10, 45])
        if number < down_until:
            continue
        for _ in range(random.choice([1, 1, 2])):
            on(now)
        expected |= model.due(((pk, end.date()) for pk, end in ends.items()), now.date())
        found = {
            (one.push_certificate_id, one.push_certificate.not_after.date() - one.threshold * DAY)
            for one in Reminder.objects.select_related("push_certificate")
        }
        assert found == expected, f"day {number}"

    assert len(expected) > 40
    mails: dict[tuple[UUID | None, str], list[str]] = defaultdict(list)
    for mail in Mail.objects.filter(kind=Mail.Kind.REMINDER):
        mails[mail.push_certificate_id, mail.occasion].append(mail.recipient)
    assert len(mails) == len(expected)
    assert {tuple(sorted(each)) for each in mails.values()} == {
        ("ada@acme.example", "it@acme.example")
    }


def _some_end(random: Random) -> datetime:
    return NOW + timedelta(days=random.randrange(200), seconds=random.randrange(86400))


def test_over_a_year_and_five_weeks_every_threshold_is_told(issue: Issue) -> None:
    # Over the leap day of 2028.
    end = NOW + 365 * DAY
    issue(end)

    days = []
    for number in range(400):
        before = len(told())
        on(NOW + number * DAY)
        days += [365 - number] * (len(told()) - before)

    assert days == told() == [90, 60, 30, 14, 7, 1, 0, -7, -14, -21, -28]


def test_after_a_week_without_a_worker_only_the_newest_is_told(issue: Issue) -> None:
    issue(NOW + 14 * DAY)
    on(NOW)

    on(NOW + 13 * DAY)

    assert told() == [14, 1]


def test_a_second_round_on_one_day_does_nothing(
    issue: Issue, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    issue(NOW + 14 * DAY)
    on(NOW)

    with (
        time_machine.travel(NOW + timedelta(hours=1), tick=False),
        django_assert_num_queries(1),
    ):
        tasks.remind()


def test_two_workers_who_read_the_same_page_tell_once(issue: Issue) -> None:
    due = {issue(NOW + 14 * DAY).pk: 14}

    lifecycle.remind(due, now=NOW, by=Actor.worker())
    lifecycle.remind(due, now=NOW + timedelta(seconds=1), by=Actor.worker())

    assert told() == [14]
    assert Mail.objects.count() == 2


def test_a_crash_before_the_mails_leaves_no_row_and_the_next_round_tells(
    issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue(NOW + 14 * DAY)

    def broken(*_: object, **__: object) -> None:
        raise IntegrityError

    with monkeypatch.context() as patched:
        patched.setattr(owed_mail, "reminders", broken)
        with pytest.raises(IntegrityError):
            on(NOW)
    assert told() == []
    on(NOW)

    assert told() == [14]
    assert Mail.objects.count() == 2


def test_pages_leave_nobody_out(issue: Issue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminder_tasks, "PAGE", 2)
    # Some of one moment: the page ends among them.
    found = {issue(NOW + days * DAY).pk for days in (10, 10, 10, 10, 10, 20, 30)}

    on(NOW)

    assert set(Reminder.objects.values_list("push_certificate", flat=True)) == found


@pytest.mark.parametrize("state", [State.SUPERSEDED, State.REVOKED])
def test_what_is_not_active_is_not_told(issue: Issue, state: str) -> None:
    certificate = issue(NOW + 14 * DAY)
    PushCertificate.objects.filter(pk=certificate.pk).update(
        state=state, revocation_reason="Its key was lost."
    )

    on(NOW)

    assert told() == []


def test_a_closed_customer_is_not_told(issue: Issue, acme: Customer) -> None:
    issue(NOW + 14 * DAY)
    issue(NOW + 100 * DAY)
    Customer.objects.update(closed_at=NOW)

    on(NOW)

    assert told() == []
    assert not Mail.objects.exists()


def test_who_does_not_want_them_is_not_told(
    issue: Issue, contact: Contact, bob: User, ada: User
) -> None:
    issue(NOW + 14 * DAY)
    Contact.objects.update(wants_reminders=False)
    Membership.objects.filter(user=bob).update(wants_reminders=False)

    on(NOW)

    assert [mail.recipient for mail in Mail.objects.all()] == [ada.email]


def test_one_address_in_two_spellings_is_told_once(issue: Issue, acme: Customer, ada: User) -> None:
    Contact.objects.create(customer=acme, email="Ada@Acme.example")
    issue(NOW + 14 * DAY)

    on(NOW)

    assert Mail.objects.filter(recipient__iexact=ada.email).count() == 1


def test_while_nobody_is_told_nothing_is_crossed_off(issue: Issue, ada: User) -> None:
    issue(NOW + 14 * DAY)
    Contact.objects.update(wants_reminders=False)
    User.objects.update(is_active=False)
    on(NOW)
    assert told() == []

    Contact.objects.update(wants_reminders=True)
    on(NOW + DAY)

    assert told() == [14]
    assert Mail.objects.get().recipient == "it@acme.example"


def owed(issue: Issue, days: int = 14) -> PushCertificate:
    """A certificate whose reminder waits to be sent."""
    certificate = issue(NOW + days * DAY)
    with time_machine.travel(NOW, tick=False):
        tasks.remind()
    return certificate


def test_a_reminder_that_waited_is_not_sent_once_the_renewal_is_verified(
    issue: Issue, mailoutbox: list[object]
) -> None:
    certificate = owed(issue)
    PushCertificate.objects.filter(pk=certificate.pk).update(state=State.SUPERSEDED)

    with time_machine.travel(NOW + DAY, tick=False):
        outbox.drain()

    assert not mailoutbox
    assert not Mail.objects.exists()


def test_a_reminder_that_waited_is_not_sent_to_who_wants_none_any_more(
    issue: Issue, contact: Contact, mailoutbox: list[object]
) -> None:
    owed(issue)
    Contact.objects.update(wants_reminders=False)

    with time_machine.travel(NOW + DAY, tick=False):
        outbox.drain()

    assert len(mailoutbox) == 1


@pytest.mark.parametrize("pause", [None, 30 * DAY])
def test_while_the_mail_server_is_down_the_newest_takes_the_place_of_the_older(
    issue: Issue, pause: timedelta | None
) -> None:
    owed(issue)
    # One that was refused rests for a while.
    Mail.objects.update(not_before=pause and NOW + pause)

    with time_machine.travel(NOW + 7 * DAY, tick=False):
        tasks.remind()

    assert {mail.occasion for mail in Mail.objects.all()} == {"7"}


def test_the_sweep_asks_for_a_day_that_was_missed(
    issue: Issue,
    settings: Settings,
    asked: list[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    issue(NOW + 14 * DAY)
    settings.REMIND_AT = (7, 0)

    def swept(moment: datetime) -> bool:
        asked.clear()
        with (
            time_machine.travel(moment, tick=False),
            django_capture_on_commit_callbacks(execute=True),
        ):
            tasks.sweep()
        return queue.REMIND in asked

    early, late = swept(NOW - timedelta(seconds=1)), swept(NOW + timedelta(hours=9))
    on(NOW + timedelta(hours=9))

    assert (early, late) == (False, True)
    assert not swept(NOW + timedelta(hours=10))
    assert swept(NOW + DAY)


def test_only_the_worker_reminds(issue: Issue, sam: User) -> None:
    from_staff = Actor.of(sam)

    with pytest.raises(errors.NotAllowed):
        lifecycle.remind({issue(NOW).pk: 0}, now=NOW, by=from_staff)
