"""What becomes of a row: created, updated, skipped, or refused with its column and the reason."""

import re
from dataclasses import dataclass, replace

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Value
from django.db.models.functions import Upper

from onboarding import errors
from onboarding.importing.table import TITLES
from onboarding.lifecycle import taking_in
from onboarding.models import Customer, ImportRow, PushCertificate
from onboarding.pki import push_certificate as pki

Action = ImportRow.Action
_SEPARATORS = re.compile(r"[\s,;]+")
_NAME, _ACCOUNT = 64, 254
# A row is compared with as many before it of the same customer; carrying out judges anew.
_COMPARED = 200
HELPLESS = "Nobody can sign in for it and renew: invite somebody on its page."


class Refusal(Exception):
    def __init__(self, column: str, sentence: str) -> None:
        self.column, self.sentence = column, sentence
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Judgement:
    """`customer` is the one that is here already."""

    action: Action
    sentence: str
    column: str = ""
    customer: Customer | None = None
    name: str = ""
    country: str = ""
    apple_account: str = ""
    contacts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What the database knows of a customer, and `before`: rows that will have been taken in."""

    customer: Customer | None
    before: tuple[ImportRow, ...]

    @property
    def place(self) -> str:
        return "here" if self.customer else _line(self.before[0])

    @property
    def country(self) -> tuple[str, str]:
        """With where it stands."""
        if self.customer:
            return self.customer.country, self.place
        first = self.before[0]
        parsed = pki.parse(bytes(first.certificate)) if first.certificate else None
        return _country(first.values["country"], parsed), self.place

    @property
    def apple_account(self) -> tuple[str, str]:
        """With where it stands; both are empty where it is not known."""
        if self.customer and self.customer.apple_account:
            return self.customer.apple_account, self.place
        for row in self.before:
            if account := row.values["apple_account"].strip():
                return account, _line(row)
        return "", ""

    @property
    def contacts(self) -> frozenset[str]:
        """Their addresses, in small letters."""
        found = [
            one.lower() for row in self.before for one in _SEPARATORS.split(row.values["contacts"])
        ]
        if self.customer:
            here = self.customer.contacts.values_list("email", flat=True)
            found += [one.lower() for one in here]
        return frozenset(found)

    def has(self, parsed: pki.PushCertificate) -> bool:
        fingerprint = parsed.fingerprint_sha256
        return (
            any(row.fingerprint_sha256 == fingerprint for row in self.before)
            or PushCertificate.objects.filter(fingerprint_sha256=fingerprint).exists()
        )


def judge(row: ImportRow) -> Judgement:
    """By what is in the database, and what the rows before this one will have brought."""
    try:
        judgement = _judged(row)
    except Refusal as refusal:
        return Judgement(Action.REFUSE, refusal.sentence, refusal.column)
    if _is_helpless(judgement.customer):
        sentence = f"{judgement.sentence} {HELPLESS}"
        return replace(judgement, sentence=sentence)
    return judgement


def _is_helpless(customer: Customer | None) -> bool:
    """Whether nobody of it can sign in and renew; of a new one nobody can, for an import invites
    nobody.
    """
    return customer is None or not customer.memberships.acting().exists()


def _judged(row: ImportRow) -> Judgement:
    values = row.values
    name = _name(values["name"])
    apple_account = _address("apple_account", values["apple_account"])
    contacts = tuple(
        _address("contacts", one) for one in _SEPARATORS.split(values["contacts"]) if one
    )
    customer = _customer(name)
    before = _before(row, customer)
    parsed = _certificate(row, customer)
    if customer is None and not before:
        country = _country(values["country"], parsed)
        told = f"New here: {name}.{_told(parsed)}"
        return Judgement(Action.CREATE, told, "", None, name, country, apple_account, contacts)
    known = Known(customer, before)
    _demand_same(known, values["country"], apple_account)
    if parsed and known.has(parsed):
        parsed = None
    return _update(known, parsed, name, apple_account, contacts)


def _update(
    known: Known,
    parsed: pki.PushCertificate | None,
    name: str,
    apple_account: str,
    contacts: tuple[str, ...],
) -> Judgement:
    news = _news(known, apple_account, contacts)
    if not news and parsed is None:
        told = f"{name} is {known.place} already; nothing is new."
        return Judgement(Action.SKIP, told, "", known.customer, name)
    sentences = [] if known.customer else [f"For {name}, {known.place}."]
    if news:
        sentences.append(f"New for {name}: {news}.")
    return Judgement(
        Action.UPDATE,
        f"{' '.join(sentences)}{_told(parsed)}".strip(),
        "",
        known.customer,
        name,
        "",
        apple_account,
        contacts,
    )


def _name(typed: str) -> str:
    name = " ".join(typed.split())
    if not name:
        raise Refusal("name", "The name is missing.")
    if len(name) > _NAME:
        raise Refusal("name", f"The name has {len(name)} letters; {_NAME} fit into a CSR.")
    if not name.isprintable():
        raise Refusal("name", "The name holds characters that cannot be shown.")
    return name


def _address(column: str, typed: str) -> str:
    address = typed.strip()
    if not address:
        return ""
    try:
        if len(address) > _ACCOUNT:
            raise ValidationError("too long")
        validate_email(address)
    except ValidationError as error:
        raise Refusal(
            column, f"{TITLES[column]}: “{address[:80]}” is no e-mail address."
        ) from error
    return address


def _country(typed: str, parsed: pki.PushCertificate | None) -> str:
    country = typed.strip().upper() or (parsed.country.upper() if parsed else "")
    if not re.fullmatch("[A-Z]{2}", country):
        found = f"is “{typed[:40]}”" if typed.strip() else "is missing"
        raise Refusal("country", f"The country {found}; two letters are needed, as in DE or US.")
    return country


def _customer(name: str) -> Customer | None:
    # Upper on both sides, so that the database compares, by its index.
    rows = Customer.objects.alias(shouted=Upper("name")).filter(shouted=Upper(Value(name)))
    found = list(rows[:2])
    if len(found) > 1:
        raise Refusal("name", f"There are several customers called {name}; rename one first.")
    if found and found[0].closed_at:
        raise Refusal("name", f"{name} is closed. Reopen it first.")
    return found[0] if found else None


def _before(row: ImportRow, customer: Customer | None) -> tuple[ImportRow, ...]:
    """The rows before this one that will bring the same customer something, or all of it.

    Those that were carried out have brought it: it is in the database.
    """
    rows = row.of.rows.filter(key=row.key, line__lt=row.line, outcome="")
    rows = rows.exclude(action__in=["", Action.REFUSE]).order_by("line")
    found = tuple(rows.defer("certificate")[:_COMPARED])
    is_known = customer or any(one.action == Action.CREATE for one in found)
    return found if is_known else ()


def _demand_same(known: Known, country: str, apple_account: str) -> None:
    """What is known here is never overwritten by a file, nor by its later rows."""
    wanted = country.strip().upper()
    found, place = known.country
    if wanted and found and wanted != found:
        raise Refusal("country", f"The country is {found} {place} and {wanted} in the file.")
    found, place = known.apple_account
    if apple_account and found and found.lower() != apple_account.lower():
        raise Refusal(
            "apple_account",
            f"The Apple Account is {found} {place} and {apple_account} in the file. Make them the"
            " same.",
        )


def _certificate(row: ImportRow, customer: Customer | None) -> pki.PushCertificate | None:
    if row.certificate is None:
        return None
    before = row.of.rows.filter(topic=row.topic, line__lt=row.line).exclude(action=Action.REFUSE)
    other = before.exclude(key=row.key).first()
    if other:
        raise Refusal("certificate", f"Its topic is another customer’s in line {other.line}.")
    try:
        return taking_in.examine(bytes(row.certificate), customer)
    except errors.PortalError as error:
        raise Refusal("certificate", error.sentence) from error


def _told(parsed: pki.PushCertificate | None) -> str:
    if parsed is None:
        return ""
    return f" With the certificate {parsed.topic}, valid until {parsed.not_after:%Y-%m-%d}."


def _news(known: Known, apple_account: str, contacts: tuple[str, ...]) -> str:
    told = known.contacts
    new = [one for one in dict.fromkeys(contacts) if one.lower() not in told]
    account = apple_account if apple_account and not known.apple_account[0] else ""
    parts = [f"the Apple Account {account}"] if account else []
    parts += [f"the contact {one}" for one in new]
    return " and ".join(parts)


def _line(row: ImportRow) -> str:
    return f"in line {row.line}"
