"""A campaign goes out once to each, in batches, and can die, be doubled and be stopped anywhere."""

from datetime import timedelta

import pytest
import time_machine
from django.core.mail import get_connection
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from onboarding import errors, lifecycle, outbox, queue, tasks
from onboarding.campaigns import Selection
from onboarding.lifecycle import Actor, campaigns, owed_mail
from onboarding.models import (
    Campaign,
    CampaignRow,
    Contact,
    Customer,
    Event,
    Mail,
    Membership,
    Reminder,
    User,
)
from onboarding.tasks import campaigns as campaign_tasks
from tests.campaigns.conftest import At, Prepare, mailed
from tests.reports.conftest import NOW, REVOKED

LeftOut = CampaignRow.LeftOut
State = Campaign.State


def started(campaign: Campaign, sam: User) -> Campaign:
    lifecycle.start_campaign(campaign, by=Actor.of(sam))
    return campaign


def run(campaign: Campaign) -> Campaign:
    """One turn of the worker."""
    tasks.run_campaign(campaign.pk)
    campaign.refresh_from_db()
    return campaign


def events(verb: str) -> list[Event]:
    return list(Event.objects.filter(verb=verb))


def test_a_draft_mails_nobody(at: At, prepare: Prepare) -> None:
    at()

    campaign = run(prepare())

    assert campaign.state == State.DRAFT
    assert mailed() == []
    assert len(events("prepare_campaign")) == 1


def test_started_it_goes_to_each_who_is_told_and_ends(
    at: At, prepare: Prepare, sam: User, ada: User
) -> None:
    one, two = at("One"), at("Two")
    Membership.objects.create(user=ada, customer=one.customer, role="admin")
    Contact.objects.create(customer=one.customer, email="ADA@acme.example")
    Contact.objects.create(customer=two.customer, email="off@x.example", wants_reminders=False)
    revoked = at("Three", **REVOKED)

    campaign = run(started(prepare("Soon.", only_active=False), sam))

    assert [one.lower() for one in mailed()] == [
        "ada@acme.example",
        "it@one.example",
        "it@two.example",
    ]
    assert (campaign.state, campaign.total, campaign.done, campaign.mails) == (State.DONE, 3, 3, 3)
    assert campaign.rows.get(push_certificate=revoked).left_out == LeftOut.REVOKED
    (start,), (end,) = events("start_campaign"), events("end_campaign")
    assert start.actor == sam
    assert start.facts["reached"] == 2
    assert start.facts["left_out"] == {"revoked": 1}
    assert start.facts["text"] == "Soon."
    assert end.facts["mails"] == 3
    assert end.actor_name == "worker"


def test_many_go_in_batches_and_each_once(
    at: At, prepare: Prepare, sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "BATCH", 3)
    for number in range(10):
        at(f"Customer{number}", days=number // 4)

    campaign = run(started(prepare(), sam))

    assert campaign.rows.count() == len(set(mailed())) == len(mailed()) == 10


def test_it_waits_while_the_outbox_is_full_and_goes_on_when_it_is_empty(
    at: At,
    prepare: Prepare,
    sam: User,
    asked: list[str],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    monkeypatch.setattr(campaigns, "BATCH", 2)
    monkeypatch.setattr(campaign_tasks, "AHEAD", 4)
    for number in range(9):
        at(f"Customer{number}")
    campaign = started(prepare(), sam)

    found = [run(campaign).done, run(campaign).done]
    with django_capture_on_commit_callbacks(execute=True):
        tasks.send_mails()

    assert found == [4, 4]
    assert Mail.objects.unsent().count() == 0
    assert queue.RUN_CAMPAIGN in asked
    assert [run(campaign).done, campaign.state] == [8, State.RUNNING]


def test_mails_that_cannot_be_sent_hold_no_campaign_up(
    at: At, prepare: Prepare, sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaign_tasks, "AHEAD", 1)
    certificate = at()
    Mail.objects.create(
        kind="reminder",
        push_certificate=certificate,
        recipient="gone@x.example",
        queued_at=NOW,
        failure="550 no such user",
    )

    assert run(started(prepare(), sam)).done == 1


def test_a_turn_ends_after_some_seconds_and_asks_for_the_next(
    at: At,
    prepare: Prepare,
    sam: User,
    asked: list[str],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    monkeypatch.setattr(campaigns, "BATCH", 1)
    monkeypatch.setattr(campaign_tasks, "TURN_SECONDS", -1.0)
    at("One")
    at("Two")
    campaign = started(prepare(), sam)

    with django_capture_on_commit_callbacks(execute=True):
        run(campaign)

    assert campaign.done == 1
    assert queue.RUN_CAMPAIGN in asked


def test_the_sweep_asks_again_for_what_was_cut_off(
    at: At,
    prepare: Prepare,
    sam: User,
    asked: list[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    at()
    campaign = started(prepare(), sam)

    with django_capture_on_commit_callbacks(execute=True):
        tasks.sweep()
    run(campaign)
    before = asked.count(queue.RUN_CAMPAIGN)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.sweep()

    assert before == asked.count(queue.RUN_CAMPAIGN) == 1


def test_a_batch_that_dies_is_owed_whole_the_next_time(
    at: At, prepare: Prepare, sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "BATCH", 2)
    for number in range(5):
        at(f"Customer{number}")
    campaign = started(prepare(), sam)
    real = owed_mail.campaign
    calls = iter([True, False, True, True, True])

    def dying(*args: object, **words: object) -> int:
        owed = real(*args, **words)  # type: ignore[arg-type]  # Passed on as it came.
        if not next(calls):
            raise SystemExit
        return owed

    monkeypatch.setattr(owed_mail, "campaign", dying)
    with pytest.raises(SystemExit):
        run(campaign)
    campaign.refresh_from_db()
    half_way = (campaign.done, len(mailed()), campaign.rows.count())

    run(campaign)

    assert half_way == (2, 2, 2)
    assert (campaign.state, len(set(mailed())), len(mailed())) == (State.DONE, 5, 5)


def test_of_two_workers_at_one_batch_the_second_owes_nothing(
    at: At, prepare: Prepare, sam: User
) -> None:
    at()
    campaign = started(prepare(), sam)
    stale = Campaign.objects.get(pk=campaign.pk)
    lifecycle.mail_campaign(campaign, now=timezone.now(), by=Actor.worker())

    with pytest.raises(errors.WrongState, match="moved on"):
        lifecycle.mail_campaign(stale, now=timezone.now(), by=Actor.worker())

    assert (len(mailed()), campaign.done) == (1, 1)


def test_it_ends_once(at: At, prepare: Prepare, sam: User) -> None:
    at()
    campaign = run(started(prepare(), sam))

    lifecycle.end_campaign(campaign, by=Actor.worker())

    assert len(events("end_campaign")) == 1


def test_started_twice_it_goes_out_once(at: At, prepare: Prepare, sam: User) -> None:
    at()
    campaign = started(prepare(), sam)

    with pytest.raises(errors.WrongState, match="moved on"):
        lifecycle.start_campaign(campaign, by=Actor.of(sam))

    assert len(events("start_campaign")) == 1


def test_one_that_would_reach_nobody_is_not_started(at: At, prepare: Prepare, sam: User) -> None:
    at()
    Contact.objects.all().delete()
    campaign = prepare()

    with pytest.raises(errors.WrongState, match="Nobody would get a mail"):
        lifecycle.start_campaign(campaign, by=Actor.of(sam))

    campaign.refresh_from_db()
    assert campaign.state == State.DRAFT


def test_a_second_campaign_on_the_same_day_mails_nobody_twice(
    at: At, prepare: Prepare, sam: User
) -> None:
    at("One")
    first, second = started(prepare(), sam), prepare()
    at("Two")
    started(second, sam)
    run(first)

    run(second)

    assert mailed() == ["it@one.example", "it@two.example"]
    assert second.rows.filter(left_out=LeftOut.RECENT).count() == 2


def test_the_days_reminders_come_all_the_same(at: At, prepare: Prepare, sam: User) -> None:
    with time_machine.travel(NOW, tick=False):
        at(days=30)
        run(started(prepare(), sam))
        tasks.remind()

    assert Reminder.objects.get().threshold == 30
    assert sorted(Mail.objects.values_list("kind", flat=True)) == ["reminder", "renewal"]


def test_what_changed_since_the_preview_counts(at: At, prepare: Prepare, sam: User) -> None:
    one, two = at("One"), at("Two")
    campaign = started(prepare(), sam)
    Contact.objects.filter(customer=one.customer).update(wants_reminders=False)

    run(campaign)

    assert mailed() == ["it@two.example"]
    assert campaign.rows.get(push_certificate=one).left_out == LeftOut.UNREACHED
    assert two.campaign_rows.get().left_out == ""


def test_who_ends_reminders_before_it_is_sent_gets_nothing(
    at: At, prepare: Prepare, sam: User
) -> None:
    at()
    run(started(prepare(), sam))
    Contact.objects.update(wants_reminders=False)

    outbox.drain()

    assert mailed() == []


def test_stopped_half_way_what_waits_is_called_off(
    at: At, prepare: Prepare, sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "BATCH", 2)
    monkeypatch.setattr(campaign_tasks, "AHEAD", 2)
    for number in range(6):
        at(f"Customer{number}")
    campaign = started(prepare(), sam)
    run(campaign)
    outbox.drain()
    sent = mailed()
    run(campaign)

    lifecycle.stop_campaign(campaign, by=Actor.of(sam))
    run(campaign)

    assert mailed() == sent
    assert (campaign.state, campaign.done, campaign.mails) == (State.STOPPED, 4, 2)
    assert campaign.rows.filter(left_out="").count() == 2
    assert campaign.rows.filter(left_out=LeftOut.STOPPED).count() == 2
    (stop,) = events("stop_campaign")
    assert (stop.actor, stop.facts["called_off"], stop.facts["mails"]) == (sam, 2, 2)
    assert events("end_campaign") == []


def test_a_mail_in_the_hands_of_a_sender_that_died_is_not_sent_after_the_stop(
    at: At, prepare: Prepare, sam: User
) -> None:
    at()
    campaign = started(prepare(), sam)
    lifecycle.mail_campaign(campaign, now=timezone.now(), by=Actor.worker())
    Mail.objects.update(claimed_at=timezone.now())
    lifecycle.stop_campaign(campaign, by=Actor.of(sam))

    outbox.deliver(
        Mail.objects.get().pk, get_connection(), now=timezone.now() + timedelta(minutes=5)
    )

    assert mailed() == []


@pytest.mark.parametrize("state", [State.DRAFT, State.DONE])
def test_only_a_running_one_is_stopped(at: At, prepare: Prepare, sam: User, state: str) -> None:
    at()
    campaign = prepare()
    if state == State.DONE:
        run(started(campaign, sam))

    with pytest.raises(errors.WrongState):
        lifecycle.stop_campaign(campaign, by=Actor.of(sam))


def test_a_draft_is_changed_and_dropped_a_started_one_is_not(
    at: At, prepare: Prepare, sam: User
) -> None:
    at()
    by = Actor.of(sam)
    campaign, other = prepare(), prepare()
    chosen = Selection(customer="x")
    lifecycle.change_campaign(other, title=" New ", selection=chosen, text=" Hi.\r\nYou. ", by=by)
    changed = (other.title, other.text, other.selection["customer"])
    lifecycle.drop_campaign(other, by=by)
    started(campaign, sam)

    with pytest.raises(errors.WrongState):
        lifecycle.change_campaign(campaign, title="x", selection=chosen, text="", by=by)
    with pytest.raises(errors.WrongState):
        lifecycle.drop_campaign(campaign, by=by)

    assert changed == ("New", "Hi.\nYou.", "x")
    assert not Campaign.objects.filter(pk=other.pk).exists()
    assert len(events("drop_campaign")) == 1
    assert campaign.state == State.RUNNING


def test_it_needs_a_title(prepare: Prepare, sam: User) -> None:
    with pytest.raises(errors.MissingReason):
        lifecycle.prepare_campaign(title="  ", selection=Selection(), text="", by=Actor.of(sam))


def test_a_certificate_that_ends_further_on_during_the_run_is_taken_along(
    at: At, prepare: Prepare, sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "BATCH", 1)
    at("One", days=10)
    campaign = started(prepare(), sam)
    lifecycle.mail_campaign(campaign, now=NOW, by=Actor.worker())
    at("Two", days=20)

    run(campaign)

    assert (campaign.done, campaign.state) == (2, State.DONE)
    assert Customer.objects.count() == 2
