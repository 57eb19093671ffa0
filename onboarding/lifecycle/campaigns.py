"""A campaign is prepared, started, goes out in batches, and ends or is stopped half-way."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from onboarding import campaigns, errors, queue
from onboarding.campaigns import Selection
from onboarding.lifecycle import owed_mail
from onboarding.lifecycle.actor import Actor, demand_process, demand_staff
from onboarding.lifecycle.transition import record
from onboarding.models import Campaign, CampaignRow, Mail

State = Campaign.State
# Certificates whose mails are owed together.
BATCH = 200


@transaction.atomic
def prepare_campaign(*, title: str, selection: Selection, text: str, by: Actor) -> Campaign:
    """A new campaign, in DRAFT: nobody is mailed before it is started."""
    user = demand_staff(by, permission="remind_customers")
    campaign = Campaign.objects.create(
        prepared_by=user,
        prepared_by_name=by.name,
        prepared_at=timezone.now(),
        **_content(title, selection, text),
    )
    _record("prepare_campaign", campaign, by, text=campaign.text)
    return campaign


@transaction.atomic
def change_campaign(
    campaign: Campaign, *, title: str, selection: Selection, text: str, by: Actor
) -> None:
    """Another title, selection or text, while it is in DRAFT."""
    demand_staff(by, permission="remind_customers")
    drafts = Campaign.objects.filter(pk=campaign.pk, state=State.DRAFT)
    _demand(drafts.update(**_content(title, selection, text)))
    campaign.refresh_from_db()
    _record("change_campaign", campaign, by, text=campaign.text)


@transaction.atomic
def drop_campaign(campaign: Campaign, *, by: Actor) -> None:
    """It is gone, if it was never started."""
    demand_staff(by, permission="remind_customers")
    _record("drop_campaign", campaign, by)
    dropped, _ = Campaign.objects.filter(pk=campaign.pk, state=State.DRAFT).delete()
    _demand(dropped)


@transaction.atomic
def start_campaign(campaign: Campaign, *, by: Actor) -> None:
    """DRAFT → RUNNING; once committed the worker begins to owe its mails."""
    demand_staff(by, permission="remind_customers")
    now = timezone.now()
    drafts = Campaign.objects.filter(pk=campaign.pk, state=State.DRAFT)
    _demand(drafts.update(state=State.RUNNING, started_at=now))
    campaign.refresh_from_db()
    chosen = Selection.of_json(campaign.selection).certificates()
    found = campaigns.counted(campaigns.judged(chosen, now=now))
    reached = found.pop("", 0)
    if not reached:
        raise errors.WrongState(
            "Nobody would get a mail: no certificate is chosen, or all are left out. Nothing was"
            " changed."
        )
    total = reached + sum(found.values())
    Campaign.objects.filter(pk=campaign.pk).update(total=total)
    campaign.total = total
    _record("start_campaign", campaign, by, text=campaign.text, reached=reached, left_out=found)
    queue.run_campaign(campaign.pk)


@transaction.atomic
def stop_campaign(campaign: Campaign, *, by: Actor) -> None:
    """RUNNING → STOPPED; what is owed and was not sent yet is called off."""
    demand_staff(by, permission="remind_customers")
    now = timezone.now()
    running = Campaign.objects.running().filter(pk=campaign.pk)
    _demand(running.update(state=State.STOPPED, ended_at=now))
    called_off = owed_mail.call_off_campaign(campaign, now=now)
    mails = Mail.objects.filter(
        kind=Mail.Kind.RENEWAL,
        push_certificate=OuterRef("push_certificate"),
        occasion=campaign.occasion,
    )
    unmailed = campaign.rows.filter(~Exists(mails), left_out="")
    unmailed.update(left_out=CampaignRow.LeftOut.STOPPED)
    Campaign.objects.filter(pk=campaign.pk).update(mails=F("mails") - called_off)
    campaign.refresh_from_db()
    _record("stop_campaign", campaign, by, called_off=called_off, **_progress(campaign))


@transaction.atomic
def mail_campaign(campaign: Campaign, *, now: datetime, by: Actor) -> bool:
    """Owe the mails of the next BATCH certificates; False if none is left.

    With the place that was reached, so that it can die anywhere: of two at once the second raises
    WrongState. No Event for each batch: the rows are the record.
    """
    demand_process(by, Actor.worker())
    chosen = Selection.of_json(campaign.selection).certificates()
    last = (campaign.at_end, campaign.at_id) if campaign.at_end and campaign.at_id else None
    rest = campaigns.judged(chosen.by_end(after=last), now=now)
    batch = list(rest.values_list("pk", "not_after", "left_out")[:BATCH])
    if not batch:
        return False
    here = Campaign.objects.running().filter(
        pk=campaign.pk, at_end=campaign.at_end, at_id=campaign.at_id
    )
    at_id, at_end, _ = batch[-1]
    _demand(here.update(at_end=at_end, at_id=at_id, done=F("done") + len(batch)))
    CampaignRow.objects.bulk_create(
        CampaignRow(campaign=campaign, push_certificate_id=pk, at=now, left_out=why)
        for pk, _, why in batch
    )
    owed = owed_mail.campaign(campaign, [pk for pk, _, why in batch if not why], at=now)
    Campaign.objects.filter(pk=campaign.pk).update(mails=F("mails") + owed)
    campaign.refresh_from_db()
    return True


@transaction.atomic
def end_campaign(campaign: Campaign, *, by: Actor) -> None:
    """RUNNING → DONE, once each certificate was looked at. Nothing happens the second time."""
    demand_process(by, Actor.worker())
    running = Campaign.objects.running().filter(pk=campaign.pk)
    if running.update(state=State.DONE, ended_at=timezone.now()):
        campaign.refresh_from_db()
        _record("end_campaign", campaign, by, **_progress(campaign))


def _content(title: str, selection: Selection, text: str) -> dict[str, Any]:
    """Any: columns of several types."""
    if not title.strip():
        raise errors.MissingReason("Give the campaign a title: colleagues find it by that.")
    return {
        "title": title.strip(),
        "selection": selection.as_json(),
        "text": text.replace("\r\n", "\n").strip(),
    }


def _progress(campaign: Campaign) -> Mapping[str, int]:
    return {"looked_at": campaign.done, "mails": campaign.mails}


def _record(verb: str, campaign: Campaign, by: Actor, **facts: Any) -> None:
    """Any: what goes to JSON."""
    chosen = Selection.of_json(campaign.selection).sentences()
    record(verb, by=by, number=campaign.pk, title=campaign.title, selection=chosen, **facts)


def _demand(changed: int) -> None:
    if not changed:
        raise errors.WrongState("This campaign has moved on. Nothing was changed.")
