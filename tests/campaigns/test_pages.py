"""The campaign's pages: prepared, looked at, started, followed, stopped; by who may."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client
from django.urls import reverse

from onboarding import lifecycle, tasks
from onboarding.admin import campaign_page
from onboarding.campaigns import Selection
from onboarding.lifecycle import Actor
from onboarding.models import (
    Campaign,
    CampaignRow,
    Contact,
    Customer,
    Mail,
    Membership,
    PushCertificate,
    User,
)
from tests.admin.pages import page
from tests.campaigns.conftest import At, Prepare, mailed
from tests.reports.conftest import NOW, REVOKED

Clients = Callable[[User], Client]
ADD = "/admin/onboarding/campaign/add/"
CERTIFICATES = "/admin/onboarding/pushcertificate/"


def deed(name: str, campaign: Campaign) -> str:
    return reverse(f"admin:onboarding_campaign_{name}", args=[campaign.pk])


def shown(client: Client, campaign: Campaign, **query: str) -> str:
    with time_machine.travel(NOW, tick=False):
        answer = client.get(page(campaign), query)
    assert answer.status_code == 200
    return answer.content.decode()


def figures(html: str) -> dict[str, int]:
    found = re.findall(r'figure-number">(\d+)</span> <span>([^<]+)<', html)
    return {title: int(count) for count, title in found}


def test_from_the_form_to_the_mails(staff_client: Client, at: At, sam: User) -> None:
    at("Soon", days=10)
    at("Later", days=100)
    typed = {"title": "Spring", "within_days": "30", "only_active": "on", "text": "Hello."}

    with time_machine.travel(NOW, tick=False):
        begun = staff_client.post(ADD, typed)
        campaign = Campaign.objects.get()
        seen = staff_client.get(begun["Location"]).content.decode()
        asked = staff_client.get(deed("start", campaign)).content.decode()
        before = mailed()
        started = staff_client.post(deed("start", campaign), {"yes": "1"})
        tasks.run_campaign(campaign.pk)
        owed = staff_client.get(started["Location"]).content.decode()
        Mail.objects.update(sent_at=NOW)
        after = staff_client.get(started["Location"]).content.decode()

    assert figures(seen) == {"get a mail": 1}
    assert "it@soon.example" in seen
    assert "Later" not in seen
    assert "Certificates of which it tells: 1. Mails: 1 at most." in asked
    assert "Hello." in asked
    assert (before, mailed()) == ([], ["it@soon.example"])
    assert figures(owed)["mailed, or waiting to be"] == 1
    assert "<strong>Going out</strong>: 1 of 1 mail waits to be sent" in owed
    assert "Gone out" not in owed
    assert 'http-equiv="refresh"' in owed, "it moves still"
    assert figures(after) == {"mailed": 1, "renewed": 0, "renewal begun": 0, "nothing yet": 1}
    assert "<strong>Gone out</strong>" in after
    assert "to be sent" not in after
    assert 'http-equiv="refresh"' not in after


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"title": ""}, "Give it a title"),
        ({"within_days": "30", "ends_from": "2027-01-01"}, "not both"),
        ({"ends_from": "2027-02-01", "ends_until": "2027-01-01"}, "before the first one"),
        ({"within_days": "0"}, "greater than or equal to 1"),
        ({"ends_from": "tomorrow"}, "Enter a valid date"),
        ({"text": "x" * 2001}, "at most 2000 characters"),
    ],
)
def test_what_was_typed_wrongly_is_said_and_kept(
    staff_client: Client, typed: dict[str, str], sentence: str
) -> None:
    answer = staff_client.post(ADD, {"title": "Spring", "customer": "Acme", **typed})

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert 'value="Acme"' in answer.content.decode()
    assert not Campaign.objects.exists()


def test_the_form_begins_with_what_ends_soon(staff_client: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        form = staff_client.get(ADD).content.decode()

    assert 'name="within_days" value="60"' in form


def test_the_preview_says_who_is_left_out_and_why(
    staff_client: Client, at: At, prepare: Prepare
) -> None:
    at("Reached")
    at("Renewed", state="superseded")
    Contact.objects.filter(customer=at("Quiet").customer).delete()
    Customer.objects.filter(pk=at("Closed").customer.pk).update(closed_at=NOW)
    campaign = prepare(only_active=False)

    first = shown(staff_client, campaign)
    lists = {name: shown(staff_client, campaign, show=name) for name in ("unreached", "closed")}

    assert figures(first) == {
        "get a mail": 1,
        "renewed already": 1,
        "of a closed customer": 1,
        "with nobody who wants mails": 1,
    }
    assert "Reached</a>" in first
    assert "Quiet</a>" in lists["unreached"]
    assert "Closed</a>" in lists["closed"]
    assert "Reached</a>" not in lists["closed"]


def test_it_counts_and_lists_the_customers_of_whom_nobody_can_renew(
    staff_client: Client, at: At, prepare: Prepare, sam: User, ada: User
) -> None:
    helpless, able = at("Initech").customer, at("Umbrella").customer
    Membership.objects.create(user=ada, customer=able, role=Membership.Role.ADMIN)
    Membership.objects.create(user=ada, customer=helpless, role=Membership.Role.READER)
    campaign = prepare()
    with time_machine.travel(NOW, tick=False):
        asked = staff_client.get(deed("start", campaign)).content.decode()
    before = [shown(staff_client, campaign, show=name) for name in ("mailed", "helpless")]
    with time_machine.travel(NOW, tick=False):
        lifecycle.start_campaign(campaign, by=Actor.of(sam))
        tasks.run_campaign(campaign.pk)
    after = [shown(staff_client, campaign, show=name) for name in ("mailed", "helpless")]

    assert "Customers of whom nobody can sign in and renew: 1." in asked
    assert f"{page(campaign)}?show=helpless" in asked
    for every, those in (before, after):
        assert '?show=helpless">1 customer</a> of whom nobody can sign in' in every
        assert f'href="{page(helpless)}">Initech</a>' in those
        assert "Umbrella</a>" in every
        assert "Umbrella</a>" not in those
    Membership.objects.update(role=Membership.Role.ADMIN)
    assert "nobody can sign in" not in shown(staff_client, campaign)


def test_each_number_leads_to_its_list(
    staff_client: Client, at: At, prepare: Prepare, sam: User
) -> None:
    certificates = {name: at(name) for name in ("Idle", "Done", "Void")}
    campaign = prepare()
    with time_machine.travel(NOW, tick=False):
        lifecycle.start_campaign(campaign, by=Actor.of(sam))
        tasks.run_campaign(campaign.pk)
    Mail.objects.update(sent_at=NOW)
    changes: dict[str, dict[str, Any]] = {"Done": {"state": "superseded"}, "Void": REVOKED}
    for name, columns in changes.items():
        PushCertificate.objects.filter(pk=certificates[name].pk).update(**columns)

    lists = {
        name: shown(staff_client, campaign, show=name)
        for name in ("mailed", "renewed", "not_yet", "gone")
    }

    assert figures(lists["mailed"]) == {
        "mailed": 3,
        "renewed": 1,
        "renewal begun": 0,
        "nothing yet": 1,
        "revoked or closed since": 1,
    }
    found = {
        show: [name for name in certificates if f"{name}</a>" in html]
        for show, html in lists.items()
    }
    assert found == {
        "mailed": ["Idle", "Done", "Void"],
        "renewed": ["Done"],
        "not_yet": ["Idle"],
        "gone": ["Void"],
    }


@pytest.mark.parametrize("is_started", [False, True])
def test_a_long_list_goes_on_page_by_page(
    staff_client: Client,
    at: At,
    prepare: Prepare,
    sam: User,
    monkeypatch: pytest.MonkeyPatch,
    is_started: bool,  # noqa: FBT001 - pytest's own call
) -> None:
    monkeypatch.setattr(campaign_page, "SHOWN", 2)
    names = [f"Customer{number}" for number in range(5)]
    for number, name in enumerate(names):
        at(name, days=number // 2 + 1)
    campaign = prepare()
    if is_started:
        with time_machine.travel(NOW, tick=False):
            lifecycle.start_campaign(campaign, by=Actor.of(sam))
            tasks.run_campaign(campaign.pk)
    found: list[str] = []
    after = ""

    for _ in range(3):
        html = shown(staff_client, campaign, after=after)
        found += [name for name in names if f"{name}</a>" in html]
        after = (re.findall(r"after=([\w-]+)", html) or [""])[0]

    assert sorted(found) == names
    assert after == ""


def test_while_it_goes_out_the_page_shows_how_far_it_is(
    staff_client: Client, at: At, prepare: Prepare, sam: User
) -> None:
    at()
    campaign = prepare()
    lifecycle.start_campaign(campaign, by=Actor.of(sam))

    html = shown(staff_client, campaign)

    assert "0 of 1 certificate looked at" in html
    assert '<progress max="1" value="0"' in html
    assert 'http-equiv="refresh"' in html
    assert deed("stop", campaign) in html


def test_it_is_stopped_after_a_yes(
    staff_client: Client, at: At, prepare: Prepare, sam: User
) -> None:
    at()
    campaign = prepare()
    lifecycle.start_campaign(campaign, by=Actor.of(sam))

    staff_client.get(deed("stop", campaign))
    campaign.refresh_from_db()
    asked = campaign.state
    staff_client.post(deed("stop", campaign), {"yes": "1"})
    campaign.refresh_from_db()

    assert (asked, campaign.state) == (Campaign.State.RUNNING, Campaign.State.STOPPED)


def test_a_second_click_on_start_is_told_and_starts_nothing(
    staff_client: Client, at: At, prepare: Prepare
) -> None:
    at()
    campaign = prepare()
    staff_client.post(deed("start", campaign), {"yes": "1"})

    again = staff_client.post(deed("start", campaign), {"yes": "1"})

    assert again.status_code == 422
    assert "moved on" in again.content.decode()


def test_once_started_nothing_is_offered_that_is_over(
    staff_client: Client, at: At, prepare: Prepare
) -> None:
    at()
    campaign = prepare()
    early = staff_client.get(deed("stop", campaign)).content.decode()
    staff_client.post(deed("start", campaign), {"yes": "1"})

    late = [staff_client.get(deed(name, campaign)).content.decode() for name in ("start", "drop")]
    edited = staff_client.get(deed("edit", campaign), follow=True)

    for shown in (early, *late):
        assert "not possible now" in shown
        assert "This campaign has moved on: it is “" in shown
        assert "Nobody was mailed" not in shown
        assert "nobody was mailed" not in shown
    assert edited.redirect_chain
    assert "This campaign has moved on" in edited.content.decode()


def test_a_draft_is_changed_and_dropped(staff_client: Client, at: At, prepare: Prepare) -> None:
    at("One")
    campaign = prepare()

    form = staff_client.get(deed("edit", campaign)).content.decode()
    staff_client.post(deed("edit", campaign), {"title": "Autumn", "customer": "One"})
    campaign.refresh_from_db()
    changed = (campaign.title, campaign.selection["customer"])
    dropped = staff_client.post(deed("drop", campaign), {"yes": "1"})

    assert 'value="Spring"' in form
    assert changed == ("Autumn", "One")
    assert dropped["Location"] == "/admin/onboarding/campaign/"
    assert not Campaign.objects.exists()


def test_certificates_marked_in_their_list_become_a_campaign(staff_client: Client, at: At) -> None:
    one, two = at("One"), at("Two")
    at("Three")
    chosen = {"action": "campaign_selected", ACTION_CHECKBOX_NAME: [one.pk, two.pk]}

    form = staff_client.post(CERTIFICATES, chosen, follow=True)
    campaign = Campaign.objects.get()
    staff_client.post(deed("edit", campaign), {"title": "Two of them", "text": "Hi."})

    assert "Two" not in form.content.decode().partition("<form")[2]
    campaign.refresh_from_db()
    selection = Selection.of_json(campaign.selection)
    assert set(selection.chosen) == {one.pk, two.pk}
    assert (campaign.title, campaign.text) == ("Two of them", "Hi.")


def test_all_that_the_list_shows_can_be_chosen_up_to_a_limit(
    staff_client: Client, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificates = [at("One"), at("Two"), at("Three")]
    chosen: dict[str, Any] = {
        "action": "campaign_selected",
        "select_across": "1",
        ACTION_CHECKBOX_NAME: [certificates[0].pk],
    }

    staff_client.post(f"{CERTIFICATES}?which=active", chosen)
    for module in ("onboarding.admin.campaign", "onboarding.admin.push_certificate"):
        monkeypatch.setattr(f"{module}.CHOSEN_AT_MOST", 2)
    refused = staff_client.post(f"{CERTIFICATES}?which=active", chosen, follow=True)

    (campaign,) = Campaign.objects.all()
    assert len(Selection.of_json(campaign.selection).chosen) == 3
    assert "2 at most" in refused.content.decode()


def test_who_may_not_run_it_sees_it_without_its_buttons(
    client_of: Clients, tom: User, at: At, prepare: Prepare
) -> None:
    at()
    campaign = prepare()

    html = shown(client_of(tom), campaign)
    listed = client_of(tom).get(CERTIFICATES).content.decode()

    for name in ("start", "edit", "drop"):
        assert deed(name, campaign) not in html
    assert "campaign_selected" not in listed


def test_odd_addresses_show_the_first_list(staff_client: Client, at: At, prepare: Prepare) -> None:
    at("One")
    campaign = prepare()

    for query in ({"show": "x"}, {"after": "x"}, {"after": str(uuid4())}, {"show": "renewed"}):
        assert "One</a>" in shown(staff_client, campaign, **query)


def test_pages_ask_the_database_no_more_often_with_many(
    staff_client: Client,
    at: At,
    prepare: Prepare,
    sam: User,
    django_assert_max_num_queries: Any,
) -> None:
    """Any: pytest-django's own."""
    for number in range(20):
        at(f"Customer{number}")
    draft, started = prepare(), prepare()
    with time_machine.travel(NOW, tick=False):
        lifecycle.start_campaign(started, by=Actor.of(sam))
        tasks.run_campaign(started.pk)
    assert CampaignRow.objects.count() == 20

    for campaign in (draft, started):
        with django_assert_max_num_queries(25):
            shown(staff_client, campaign)
