"""Which certificates a campaign is about, who of them is left out, and how each reacted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)

from onboarding.models import (
    CSR,
    CampaignRow,
    Contact,
    Customer,
    Draft,
    Mail,
    Membership,
    PushCertificate,
)
from onboarding.models.push_certificate import PushCertificateQuerySet

# As many can be chosen by hand; more are found by what they have in common.
CHOSEN_AT_MOST = 1000
# Who was mailed by staff within that time is not mailed again by a campaign.
RECENT = timedelta(days=1)
_DAY = timedelta(days=1)
_LeftOut = CampaignRow.LeftOut


class Key(StrEnum):
    """Where the push key is kept."""

    ANYWHERE = ""
    HERE = "here"
    ELSEWHERE = "elsewhere"


class Reaction(StrEnum):
    """What became of a certificate since its mail was written."""

    RENEWED = "renewed"
    BEGUN = "begun"
    NOT_YET = "not_yet"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Selection:
    """Days are of the calendar in UTC, both included. With `chosen`, nothing else counts."""

    ends_from: date | None = None
    ends_until: date | None = None
    customer: str = ""
    account_domain: str = ""
    key: Key = Key.ANYWHERE
    only_active: bool = True
    chosen: tuple[UUID, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Any: JSON."""
        return {
            "ends_from": self.ends_from.isoformat() if self.ends_from else "",
            "ends_until": self.ends_until.isoformat() if self.ends_until else "",
            "customer": self.customer,
            "account_domain": self.account_domain,
            "key": str(self.key),
            "only_active": self.only_active,
            "chosen": [str(one) for one in self.chosen],
        }

    @classmethod
    def of_json(cls, known: Mapping[str, Any]) -> Self:
        """Any: JSON."""
        return cls(
            ends_from=_date(known.get("ends_from", "")),
            ends_until=_date(known.get("ends_until", "")),
            customer=known.get("customer", ""),
            account_domain=known.get("account_domain", ""),
            key=Key(known.get("key", "")),
            only_active=known.get("only_active", True),
            chosen=tuple(map(UUID, known.get("chosen", ()))),
        )

    def certificates(self) -> PushCertificateQuerySet:
        """All that are meant, those that will be left out, too."""
        rows = PushCertificate.objects.all()
        if self.chosen:
            return rows.filter(pk__in=self.chosen)
        return rows.filter(self._ends() & self._owner() & self._kind())

    def sentences(self) -> list[str]:
        """What is chosen, in words of staff."""
        if self.chosen:
            count = len(self.chosen)
            return [f"{count} certificate{'s' if count > 1 else ''} chosen from the list"]
        told = {
            f"end on {self.ends_from} or later": self.ends_from,
            f"end on {self.ends_until} or before": self.ends_until,
            f"the customer’s name contains “{self.customer}”": self.customer,
            f"the Apple Account is at {self.account_domain}": self.account_domain,
            "the push key is kept here": self.key == Key.HERE,
            "the push key is kept elsewhere": self.key == Key.ELSEWHERE,
            "not renewed or revoked yet": self.only_active,
        }
        return [sentence for sentence, holds in told.items() if holds] or ["all certificates"]

    def _ends(self) -> Q:
        found = Q()
        if self.ends_from:
            found &= Q(not_after__gte=_midnight(self.ends_from))
        if self.ends_until:
            found &= Q(not_after__lt=_midnight(self.ends_until) + _DAY)
        return found

    def _owner(self) -> Q:
        found = Q(customer__name__icontains=self.customer) if self.customer else Q()
        if self.account_domain:
            at = f"@{self.account_domain}"
            of_customer = Q(apple_account="", customer__apple_account__iendswith=at)
            found &= Q(apple_account__iendswith=at) | of_customer
        return found

    def _kind(self) -> Q:
        found = Q(state=PushCertificate.State.ACTIVE) if self.only_active else Q()
        is_here = Q(csr__origin=CSR.Origin.MADE_HERE)
        if self.key == Key.HERE:
            found &= is_here
        if self.key == Key.ELSEWHERE:
            found &= Q(csr__origin=CSR.Origin.UPLOADED) | Q(csr__isnull=True)
        return found


def judged(certificates: "QuerySet[PushCertificate]", *, now: datetime) -> "QuerySet[Any]":
    """Each with `left_out`: why it gets no mail, empty if it gets one.

    Any: certificates with a column more.
    """
    own = {"customer": OuterRef("customer")}
    certificate = {"push_certificate": OuterRef("pk")}
    recent = Mail.objects.filter(kind=Mail.Kind.RENEWAL, queued_at__gt=now - RECENT, **certificate)
    reasons = {
        _LeftOut.REVOKED: Q(state=PushCertificate.State.REVOKED),
        _LeftOut.RENEWED: Q(state=PushCertificate.State.SUPERSEDED),
        _LeftOut.CLOSED: Q(customer__closed_at__isnull=False),
        _LeftOut.UNDER_WAY: Exists(CSR.objects.live().filter(renews=OuterRef("pk"))),
        _LeftOut.UNREACHED: ~Exists(Membership.objects.wanting_reminders().filter(**own))
        & ~Exists(Contact.objects.wanting_reminders().filter(**own)),
        _LeftOut.RECENT: Exists(recent),
    }
    cases = [When(condition, then=Value(str(why))) for why, condition in reasons.items()]
    text = CharField()
    return certificates.annotate(left_out=Case(*cases, default=Value(""), output_field=text))


def counted(judged_ones: "QuerySet[Any]") -> dict[str, int]:
    """How many by why they are left out; under the empty one those that get a mail. Any: judged."""
    found = judged_ones.order_by().values_list("left_out").annotate(count=Count("pk"))
    return dict(found)


def mails_at_most(judged_ones: "QuerySet[Any]") -> int:
    """How many mails that is; who is contact and member counts twice. Any: judged."""
    reached = judged_ones.filter(left_out="").order_by()
    found = 0
    for people in ("contacts", "memberships"):
        wants = {f"customer__{people}__wants_reminders": True}
        if people == "memberships":
            wants["customer__memberships__user__is_active"] = True
        found += reached.filter(**wants).count()
    return found


def helpless(rows: "QuerySet[Any]", *, customer: str = "customer") -> "QuerySet[Any]":
    """Those that get a mail though nobody of their customer can renew.

    Any: judged certificates, or rows of a campaign, with the name by which they know the customer.
    """
    return rows.filter(left_out="", **{f"{customer}__in": Customer.objects.without_admin()})


def followed(rows: "QuerySet[CampaignRow]") -> "QuerySet[Any]":
    """The mailed ones of these, each with its `reaction`. Any: rows with a column more."""
    since = {"renews": OuterRef("push_certificate")}
    begun = Exists(CSR.objects.filter(requested_at__gte=OuterRef("at"), **since)) | Exists(
        Draft.objects.filter(changed_at__gte=OuterRef("at"), **since)
    )
    state = "push_certificate__state"
    cases = [
        When(**{state: PushCertificate.State.SUPERSEDED}, then=Value(str(Reaction.RENEWED))),
        When(**{state: PushCertificate.State.REVOKED}, then=Value(str(Reaction.GONE))),
        When(push_certificate__customer__closed_at__isnull=False, then=Value(str(Reaction.GONE))),
        When(begun, then=Value(str(Reaction.BEGUN))),
    ]
    reaction = Case(*cases, default=Value(str(Reaction.NOT_YET)), output_field=CharField())
    return rows.filter(left_out="").annotate(reaction=reaction)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
