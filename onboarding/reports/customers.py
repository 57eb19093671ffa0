"""The state of all customers: a line for each active certificate, one for who has none.

Read page by page, in the order of names, so that one page is in memory at a time.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import F, QuerySet

from onboarding import renewal
from onboarding.models import CSR, Contact, Customer, Membership, PushCertificate, SignInQuestion

PAGE = 500
Row = TypeVar("Row", CSR, PushCertificate)
COLUMNS = (
    "Customer",
    "Customer's id",
    "Country",
    "State",
    "Customer since",
    "Closed",
    "Push certificate",
    "Topic",
    "Serial number",
    "Valid until",
    "Days left",
    "Key",
    "Apple Account",
    "Sign-in last confirmed",
    "Sign-in",
    "Open CSRs",
    "Contacts",
    "Members",
    "Told of the end",
)
_SIGN_IN = {
    None: "",
    "": "asked, not answered",
    SignInQuestion.Answer.YES: "possible",
    SignInQuestion.Answer.NO: "not possible any more",
}


@dataclass(frozen=True, slots=True)
class People:
    """How many there are, and how many addresses are told of an end."""

    contacts: int
    members: int
    told: int


@dataclass(frozen=True, slots=True)
class Line:
    """`certificate` is active, or the last one that was revoked; None if there was none.

    It knows `answer` and `answered_at`: of the yearly question.
    """

    customer: Customer
    certificate: PushCertificate | None
    csrs: Sequence[CSR]
    people: People
    now: datetime

    @property
    def standing(self) -> str:
        if self.certificate is None:
            return "none"
        if self.certificate.state == PushCertificate.State.ACTIVE:
            return "expired" if self.certificate.is_expired(self.now) else "active"
        return str(self.certificate.state)

    @property
    def days_left(self) -> int | None:
        """Until the end of what is active."""
        if self.standing not in {"active", "expired"} or self.certificate is None:
            return None
        return renewal.days_left(self.certificate.not_after, now=self.now)

    @property
    def account(self) -> str:
        of_certificate = self.certificate.apple_account if self.certificate else ""
        return of_certificate or self.customer.apple_account

    @property
    def key(self) -> str:
        if self.certificate is None:
            return ""
        if self.certificate.is_imported:
            return "elsewhere, imported"
        if not self.certificate.is_made_here:
            return "elsewhere"
        if self.certificate.is_key_lost:
            return "made here, deleted before anybody had it"
        return "made here" if self.certificate.keeps_key else "made here, deleted since"

    @property
    def sign_in(self) -> str:
        return _SIGN_IN.get(self._of_certificate("answer"), "")

    @property
    def sign_in_at(self) -> datetime | None:
        found: datetime | None = self._of_certificate("answered_at")
        return found

    @property
    def open_csrs(self) -> str:
        return "; ".join(
            f"{csr.get_state_display()}{' (renewal)' if csr.renews_id else ''}"
            f" since {csr.state_since:%Y-%m-%d}"
            for csr in self.csrs
        )

    def cells(self) -> list[object]:
        """One for each of COLUMNS."""
        certificate = self.certificate
        return [
            self.customer.name,
            self.customer.pk,
            self.customer.country,
            "closed" if self.customer.closed_at else "open",
            _moment(self.customer.created_at),
            _moment(self.customer.closed_at),
            self.standing,
            certificate.topic if certificate else "",
            certificate.serial if certificate else "",
            _moment(certificate.not_after) if certificate else "",
            self.days_left,
            self.key,
            self.account,
            _moment(self.sign_in_at),
            self.sign_in,
            self.open_csrs,
            self.people.contacts,
            self.people.members,
            self.people.told,
        ]

    def _of_certificate(self, name: str) -> Any:
        """Any: what was asked for beside its columns; None without a certificate."""
        return getattr(self.certificate, name, None)


def every(*, now: datetime) -> Iterator[Line]:
    """The lines of all customers."""
    for page in _pages():
        yield from lines(page, now=now)


def lines(customers: Sequence[Customer], *, now: datetime) -> list[Line]:
    """The lines of these customers, in their order; as many questions for many as for one."""
    ids = [customer.pk for customer in customers]
    certificates = _certificates(ids)
    csrs = _by_customer(
        CSR.objects.live()
        .filter(customer__in=ids)
        .defer("der", "signature")
        .order_by("requested_at", "id")
    )
    people = _people(customers)
    return [
        Line(customer, certificate, csrs[customer.pk], people[customer.pk], now)
        for customer in customers
        for certificate in (*certificates[customer.pk],) or (None,)
    ]


def _pages() -> Iterator[list[Customer]]:
    rows = Customer.objects.order_by("name", "id")
    page = list(rows[:PAGE])
    while page:
        yield page
        last = page[-1]
        # By the index on (name, id): a page far behind costs as much as the first.
        page = list(
            rows.filter(name__gte=last.name).exclude(name=last.name, id__lte=last.pk)[:PAGE]
        )


def _certificates(ids: Sequence[UUID]) -> dict[UUID, list[PushCertificate]]:
    """The active ones of each, by their end; where none is, the one that was revoked last."""
    rows = _by_customer(
        PushCertificate.objects.filter(customer__in=ids)
        .exclude(state=PushCertificate.State.SUPERSEDED)
        .telling_exports()
        .defer("der", "csr__der", "csr__signature")
        .annotate(
            answer=F("sign_in_question__answer"),
            answered_at=F("sign_in_question__answered_at"),
        )
        .order_by("not_after", "id")
    )
    return defaultdict(list, {pk: _current(found) for pk, found in rows.items()})


def _current(certificates: Sequence[PushCertificate]) -> list[PushCertificate]:
    active = [one for one in certificates if one.state == PushCertificate.State.ACTIVE]
    return active or list(certificates[-1:])


def _people(customers: Sequence[Customer]) -> dict[UUID, People]:
    ids = [customer.pk for customer in customers]
    contacts = _pairs(Contact.objects.filter(customer__in=ids), "email")
    members = _pairs(Membership.objects.filter(customer__in=ids), "user__email")
    wanting = _pairs(Contact.objects.wanting_reminders().filter(customer__in=ids), "email")
    wanting_members = Membership.objects.wanting_reminders().filter(customer__in=ids)
    for pk, addresses in _pairs(wanting_members, "user__email").items():
        wanting[pk] += addresses
    return {
        one.pk: People(
            contacts=len(contacts[one.pk]),
            members=len(members[one.pk]),
            # One address in two spellings is one reader; of a closed customer nobody is told.
            told=0 if one.closed_at else len({address.lower() for address in wanting[one.pk]}),
        )
        for one in customers
    }


def _by_customer(rows: "QuerySet[Row]") -> dict[UUID, list[Row]]:
    found: dict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.customer_id].append(row)
    return found


def _pairs(rows: "QuerySet[Any]", address: str) -> dict[UUID, list[str]]:
    """The addresses by customer. Any: contacts or members."""
    found: dict[UUID, list[str]] = defaultdict(list)
    for pk, one in rows.order_by().values_list("customer_id", address):
        found[pk].append(one)
    return found


def _moment(at: datetime | None) -> str:
    """ISO 8601, with the time zone."""
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else ""
