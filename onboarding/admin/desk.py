"""What waits for one person of the staff, by what this person may do; the oldest first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import Count, Min, Model, QuerySet
from django.urls import reverse

from onboarding import unusual
from onboarding.admin import circumstances, fragments, mine
from onboarding.admin.listing import BoundedPaginator, number
from onboarding.models import CSR, Customer, CustomerImport, StandingUse, TopicChange, User
from onboarding.unusual import Remark

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Pile:
    """How many of one kind wait, since when the oldest does, and where all are listed.

    Counted no further than the list is: `number` tells whether there are more.
    """

    number: str
    title: str
    since: datetime
    address: str


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that waits; `kind` is what to do with it, `aside` what else to know."""

    kind: str
    title: str
    address: str
    since: datetime
    aside: str
    remarks: list[Remark]


@dataclass(frozen=True, slots=True)
class _Kind:
    """`one` and `several` follow the number; `verb` stands before a matter of this kind.

    `find` tells which rows wait, `ask` adds what `read` needs of the few that are shown.
    Any: each kind has a model of its own.
    """

    permission: str
    one: str
    several: str
    verb: str
    noun: str
    query: str
    column: str
    find: Callable[[User], QuerySet[Any]]
    ask: Callable[[QuerySet[Any]], QuerySet[Any]]
    read: Callable[[Any, datetime], tuple[Model, str, str, list[Remark]]]

    def pile(self, by: User) -> Pile | None:
        first = self.find(by).order_by(self.column, "pk")[: BoundedPaginator.most + 1]
        found = first.aggregate(count=Count("pk"), since=Min(self.column))
        if not found["count"]:
            return None
        address = f"{reverse(f'admin:onboarding_{self.noun}_changelist')}?{self.query}"
        title = self.one if found["count"] == 1 else self.several
        return Pile(number(found["count"]), title, found["since"], address)

    def matters(self, by: User, now: datetime) -> Iterator[Matter]:
        for row in self.ask(self.find(by)).order_by(self.column, "pk")[:_SHOWN]:
            page, title, aside, remarks = self.read(row, now)
            since = getattr(row, self.column)
            yield Matter(self.verb, title, fragments.address_of(page), since, aside, remarks)


def piles(by: User) -> dict[str, Pile]:
    """What waits for this person, kind by kind; what does not is left out."""
    return {kind.verb: pile for kind in _of(by) if (pile := kind.pile(by))}


def oldest(by: User, found: dict[str, Pile], *, now: datetime) -> list[Matter]:
    """The first of what `found` counts; a thing that waits in two ways is shown in one."""
    matters = [one for kind in _of(by) if kind.verb in found for one in kind.matters(by, now)]
    distinct = {one.address: one for one in reversed(matters)}.values()
    return list(islice(sorted(distinct, key=lambda one: one.since), _SHOWN))


def has_kinds(by: User) -> bool:
    """Whether anything could wait for this person."""
    return any(True for _ in _of(by))


def _of(by: User) -> Iterator[_Kind]:
    return (kind for kind in _KINDS if by.has_perm(f"onboarding.{kind.permission}"))


def _ask_csrs(csrs: QuerySet[CSR]) -> QuerySet[CSR]:
    return circumstances.ask(csrs.defer("der", "signature"))


def _ask_topics(changes: QuerySet[TopicChange]) -> QuerySet[TopicChange]:
    return changes.select_related("csr__customer", "wanted_by").defer("csr__der", "csr__signature")


def _ask_uses(uses: QuerySet[StandingUse]) -> QuerySet[StandingUse]:
    return uses.select_related("csr__customer").defer("csr__der", "csr__signature")


def _csr(csr: CSR, now: datetime) -> tuple[Model, str, str, list[Remark]]:
    remarks = unusual.remarks(csr, circumstances=circumstances.read(csr), now=now)
    aside = f"by {csr.requested_by}{', a renewal' if csr.renews_id else ''}"
    return csr, _name(csr), aside, remarks


def _topic(change: TopicChange, _: datetime) -> tuple[Model, str, str, list[Remark]]:
    return change, str(change.csr.customer), f"asked for by {change.wanted_by}", []


def _use(use: StandingUse, _: datetime) -> tuple[Model, str, str, list[Remark]]:
    return use.csr, _name(use.csr), "", []


def _fewer(customer: Customer, _: datetime) -> tuple[Model, str, str, list[Remark]]:
    numbers = f"{customer.fewer_approvals} instead of {customer.approvals_required}"
    return customer, str(customer), f"{numbers}, asked for by {customer.fewer_approvals_by}", []


def _import(started: CustomerImport, _: datetime) -> tuple[Model, str, str, list[Remark]]:
    return started, started.name, f"by {started.started_by_name}", []


def _name(csr: CSR) -> str:
    return f"{csr.customer} · {str(csr.pk)[:8]}"


# A CSR that was answered about waits to be approved, too: the earlier kind is the one to show.
_KINDS = (
    _Kind(
        permission="ask_customer",
        one="CSR with an answer to your question",
        several="CSRs with answers to your questions",
        verb="Answered",
        noun="csr",
        query="mine=answered",
        column="answered_at",
        find=mine.answered,
        ask=_ask_csrs,
        read=_csr,
    ),
    _Kind(
        permission="approve_csr",
        one="CSR to approve",
        several="CSRs to approve",
        verb="Approve",
        noun="csr",
        query="mine=approve",
        column="state_since",
        find=mine.to_approve,
        ask=_ask_csrs,
        read=_csr,
    ),
    _Kind(
        permission="approve_csr",
        one="CSR that you approved waits for somebody else",
        several="CSRs that you approved wait for somebody else",
        verb="Second person",
        noun="csr",
        query="mine=approved",
        column="state_since",
        find=mine.approved,
        ask=_ask_csrs,
        read=_csr,
    ),
    _Kind(
        permission="override_topic",
        one="other topic to allow",
        several="other topics to allow",
        verb="Other topic",
        noun="topicchange",
        query="which=mine",
        column="wanted_at",
        find=mine.topics_to_allow,
        ask=_ask_topics,
        read=_topic,
    ),
    _Kind(
        permission="approve_csr",
        one="CSR that approved itself, to look at",
        several="CSRs that approved themselves, to look at",
        verb="Look at",
        noun="standinguse",
        query="reviewed=no",
        column="used_at",
        find=lambda _: StandingUse.objects.awaiting_review(),
        ask=_ask_uses,
        read=_use,
    ),
    _Kind(
        permission="set_approvals",
        one="customer with fewer approvals to confirm",
        several="customers with fewer approvals to confirm",
        verb="Fewer approvals",
        noun="customer",
        query="approvals=confirm",
        column="fewer_approvals_at",
        find=mine.fewer_to_confirm,
        ask=lambda customers: customers.select_related("fewer_approvals_by"),
        read=_fewer,
    ),
    _Kind(
        permission="import_customers",
        one="import to carry out",
        several="imports to carry out",
        verb="Import",
        noun="customerimport",
        query="state__exact=judged",
        column="started_at",
        find=lambda _: CustomerImport.objects.filter(state=CustomerImport.State.JUDGED),
        ask=QuerySet.all,
        read=_import,
    ),
)
