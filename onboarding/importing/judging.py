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
    earlier = None if customer else _earlier(row)
    parsed = _certificate(row, customer)
    if customer is None and earlier is None:
        country = _country(values["country"], parsed)
        told = f"New here: {name}.{_told(parsed, is_new=True)}"
        return Judgement(Action.CREATE, told, "", None, name, country, apple_account, contacts)
    if customer:
        _demand_same(customer, values["country"], apple_account)
    return _update(customer, earlier, parsed, name, apple_account, contacts)


def _update(
    customer: Customer | None,
    earlier: ImportRow | None,
    parsed: pki.PushCertificate | None,
    name: str,
    apple_account: str,
    contacts: tuple[str, ...],
) -> Judgement:
    is_new = parsed is not None and not _is_here(parsed)
    sentences = []
    if customer is None:
        sentences.append(f"For {name} of line {earlier.line if earlier else '?'}.")
    elif news := _news(customer, apple_account, contacts):
        sentences.append(f"New for {name}: {news}.")
    if is_new:
        sentences.append(_told(parsed, is_new=True).strip())
    if not sentences:
        already = " and the certificate" if parsed else ""
        return Judgement(
            Action.SKIP, f"{name}{already} is here already; nothing is new.", "", customer, name
        )
    return Judgement(
        Action.UPDATE, " ".join(sentences), "", customer, name, "", apple_account, contacts
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


def _earlier(row: ImportRow) -> ImportRow | None:
    """The first row before this one that brings the same customer."""
    rows = row.of.rows.filter(key=row.key, line__lt=row.line, action=Action.CREATE)
    return rows.order_by("line").first()


def _demand_same(customer: Customer, country: str, apple_account: str) -> None:
    """What is known here is never overwritten by a file."""
    wanted = country.strip().upper()
    if wanted and wanted != customer.country:
        raise Refusal(
            "country", f"The country is {customer.country} here and {wanted} in the file."
        )
    known = customer.apple_account
    if apple_account and known and known.lower() != apple_account.lower():
        raise Refusal(
            "apple_account",
            f"The Apple Account is {known} here and {apple_account} in the file. Make them the"
            " same.",
        )


def _certificate(row: ImportRow, customer: Customer | None) -> pki.PushCertificate | None:
    if row.certificate is None:
        return None
    before = row.of.rows.filter(topic=row.topic, line__lt=row.line).exclude(action=Action.REFUSE)
    other = before.exclude(key=row.key).first()
    if other:
        raise Refusal("certificate", f"Its topic is another customer’s in line {other.line}.")
    same = before.filter(fingerprint_sha256=row.fingerprint_sha256).first()
    if same and customer is None:
        raise Refusal("certificate", f"The same certificate stands in line {same.line}.")
    try:
        return taking_in.examine(bytes(row.certificate), customer)
    except errors.PortalError as error:
        raise Refusal("certificate", error.sentence) from error


def _is_here(parsed: pki.PushCertificate) -> bool:
    known = PushCertificate.objects.filter(fingerprint_sha256=parsed.fingerprint_sha256)
    return known.exists()


def _told(parsed: pki.PushCertificate | None, *, is_new: bool) -> str:
    if parsed is None or not is_new:
        return ""
    return f" With the certificate {parsed.topic}, valid until {parsed.not_after:%Y-%m-%d}."


def _news(customer: Customer, apple_account: str, contacts: tuple[str, ...]) -> str:
    known = {one.lower() for one in customer.contacts.values_list("email", flat=True)}
    new = [one for one in contacts if one.lower() not in known]
    account = apple_account if apple_account and not customer.apple_account else ""
    parts = [f"the Apple Account {account}"] if account else []
    parts += [f"the contact {one}" for one in new]
    return " and ".join(parts)
