"""A campaign's page: whom it will reach, then how far it is, and who reacted."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.http import QueryDict

from onboarding import campaigns
from onboarding.admin import fragments
from onboarding.campaigns import Reaction, Selection
from onboarding.models import (
    Campaign,
    CampaignRow,
    Contact,
    Mail,
    Membership,
    PushCertificate,
)

SHOWN = 100
_MAILED = "mailed"
# Mailed, though nobody of their customer can sign in and renew.
HELPLESS = "helpless"
_OWNER = "push_certificate__customer"
_REACTIONS = {
    Reaction.RENEWED: ("Renewed", "success"),
    Reaction.BEGUN: ("Renewal begun", "info"),
    Reaction.NOT_YET: ("Nothing yet", "plain"),
    Reaction.GONE: ("Revoked or closed since", "danger"),
}
_LEFT_OUT = {str(one): one.label for one in CampaignRow.LeftOut}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that leads to its list."""

    name: str
    title: str
    count: int
    tone: str = "plain"


def preview(campaign: Campaign, asked: QueryDict, *, now: datetime) -> dict[str, Any]:
    """Of a draft: how many are reached and left out, and the list of either. Any: a context."""
    chosen = Selection.of_json(campaign.selection).certificates()
    judged = campaigns.judged(chosen, now=now)
    found = campaigns.counted(judged)
    figures = [Figure(_MAILED, "get a mail", found.get("", 0), "success")]
    figures += _left_out(found)
    helpless = _helpless(campaigns.helpless(judged), "customer")
    show = _shown(asked, [*figures, *helpless])
    after = _uuid(asked.get("after", ""))
    place = PushCertificate.objects.filter(pk=after).first() if after else None
    rest = chosen.by_end(after=(place.not_after, place.pk) if place else None)
    found_there = campaigns.judged(rest, now=now).select_related("customer").defer("der")
    if show == HELPLESS:
        page = list(campaigns.helpless(found_there)[: SHOWN + 1])
    else:
        wanted = found_there.filter(left_out="" if show == _MAILED else show)
        page = list(wanted[: SHOWN + 1])
    readers = _readers(page[:SHOWN]) if show in {_MAILED, HELPLESS} else {}
    return {
        "figures": figures,
        "show": show,
        "mails": campaigns.mails_at_most(judged),
        "helpless": helpless,
        "rows": [
            {**_row(one, show), "told": ", ".join(sorted(readers.get(one.customer_id, ())))}
            for one in page[:SHOWN]
        ],
        "next_after": page[SHOWN - 1].pk if len(page) > SHOWN else None,
    }


def follow(campaign: Campaign, asked: QueryDict) -> dict[str, Any]:
    """Of one that was started: how far it is, how each reacted, and their lists. Any: as above."""
    mailed = campaigns.followed(campaign.rows.all())
    reacted = dict(mailed.order_by().values_list("reaction").annotate(count=Count("pk")))
    left_out = dict(
        campaign.rows.exclude(left_out="")
        .order_by()
        .values_list("left_out")
        .annotate(count=Count("pk"))
    )
    own = {"kind": Mail.Kind.RENEWAL, "occasion": campaign.occasion}
    waiting = Mail.objects.unsent().filter(**own).count()
    title = "mailed, or waiting to be" if waiting else "mailed"
    figures = [Figure(_MAILED, title, sum(reacted.values()))]
    figures += [
        Figure(one.value, title.lower(), reacted.get(one.value, 0), tone)
        for one, (title, tone) in _REACTIONS.items()
        if one is not Reaction.GONE or one.value in reacted
    ]
    helpless = _helpless(campaigns.helpless(campaign.rows.all(), customer=_OWNER), _OWNER)
    show = _shown(asked, [*figures, *_left_out(left_out), *helpless])
    page = list(_chosen_rows(campaign, show, asked)[: SHOWN + 1])
    return {
        "figures": figures,
        "left_out": _left_out(left_out),
        "helpless": helpless,
        "show": show,
        "waiting": waiting,
        "rows": [
            {**_row(one.push_certificate, show), **_reaction(one, show)} for one in page[:SHOWN]
        ],
        "next_after": page[SHOWN - 1].pk if len(page) > SHOWN else None,
    }


def _chosen_rows(campaign: Campaign, show: str, asked: QueryDict) -> "QuerySet[Any]":
    """Any: with a reaction, if they were mailed."""
    rows = campaign.rows.order_by("id").select_related("push_certificate__customer")
    rows = rows.defer("push_certificate__der")
    after = asked.get("after", "")
    rows = rows.filter(pk__gt=int(after)) if after.isdecimal() else rows
    if show in _LEFT_OUT:
        return rows.filter(left_out=show)
    mailed = campaigns.followed(rows)
    if show == HELPLESS:
        return campaigns.helpless(mailed, customer=_OWNER)
    return mailed if show == _MAILED else mailed.filter(reaction=show)


def _shown(asked: QueryDict, figures: Sequence[Figure]) -> str:
    wanted = asked.get("show", "")
    return wanted if wanted in {figure.name for figure in figures} else _MAILED


def _left_out(found: dict[str, int]) -> list[Figure]:
    return [
        Figure(name, label.lower(), found[name])
        for name, label in _LEFT_OUT.items()
        if name in found
    ]


def _helpless(rows: "QuerySet[Any]", customer: str) -> list[Figure]:
    """How many customers, none if there are none. Any: as `campaigns.helpless` gives them."""
    count = rows.order_by().values(customer).distinct().count()
    return [Figure(HELPLESS, "customers of whom nobody can renew", count)] if count else []


def _row(certificate: PushCertificate, show: str) -> dict[str, Any]:
    """Any: what the template's row needs. People are invited on the customer's page."""
    leads_to = certificate.customer if show == HELPLESS else certificate
    return {
        "customer": certificate.customer,
        "address": fragments.address_of(leads_to),
        "topic": certificate.topic,
        "end": fragments.end(certificate.not_after),
        "account": certificate.apple_account or certificate.customer.apple_account,
    }


def _reaction(row: CampaignRow, show: str) -> dict[str, str]:
    if show in _LEFT_OUT:
        return {"mark": _LEFT_OUT[show], "tone": "plain"}
    # Annotated by `campaigns.followed`.
    mark, tone = _REACTIONS[Reaction(vars(row)["reaction"])]
    return {"mark": mark, "tone": tone}


def _readers(certificates: Iterable[PushCertificate]) -> dict[UUID, set[str]]:
    """Who is told, by customer."""
    ids = {one.customer_id for one in certificates}
    found: dict[UUID, set[str]] = defaultdict(set)
    for pairs in (
        Contact.objects.wanting_reminders().values_list("customer_id", "email"),
        Membership.objects.wanting_reminders().values_list("customer_id", "user__email"),
    ):
        for pk, address in pairs.filter(customer__in=ids):
            found[pk].add(address.lower())
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
