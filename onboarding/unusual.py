"""What to look at twice before a CSR is approved. Pure: over a CSR and what is known around it."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from onboarding.models import CSR, PushCertificate

# Apple renews at any time, but a renewal this long before the end is seldom meant.
EARLY = timedelta(days=60)
# A second CSR within this time is more often a mistake than meant.
SOON = timedelta(days=1)
# Where people keep mail of their own; an Apple Account there ends with its person.
PERSONAL = frozenset(
    (
        "aol.com",
        "fastmail.com",
        "freenet.de",
        "gmail.com",
        "gmx.at",
        "gmx.ch",
        "gmx.de",
        "gmx.net",
        "googlemail.com",
        "hotmail.com",
        "hotmail.de",
        "icloud.com",
        "live.com",
        "mac.com",
        "mail.com",
        "mail.ru",
        "me.com",
        "msn.com",
        "outlook.com",
        "outlook.de",
        "proton.me",
        "protonmail.com",
        "t-online.de",
        "web.de",
        "yahoo.com",
        "yahoo.de",
        "yandex.ru",
    )
)
UNDECIDED = (CSR.State.REQUESTED, CSR.State.SUBMITTED, CSR.State.FAILED)


@dataclass(frozen=True, slots=True)
class Remark:
    """`mark` is two or three words for a list, `reason` a sentence for the CSR's page."""

    mark: str
    reason: str
    is_grave: bool = False


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known around a CSR; the caller asks for it, for a whole list in one query."""

    has_other_live_csr: bool
    has_had_certificate: bool
    has_active_certificate: bool
    asker_acts_for_customer: bool
    has_other_recent_csr: bool = False
    # Whether an earlier CSR of the customer that led to a certificate was uploaded.
    has_had_upload: bool = True
    # Whether one named this country; true while none named any.
    knows_country: bool = True
    # Whether one that was uploaded had this set of attributes.
    knows_generator: bool = True
    # Whether the subject's organisation is the name of another customer here.
    names_other_customer: bool = False


def remarks(csr: CSR, *, circumstances: Circumstances, now: datetime) -> list[Remark]:
    """The remarks on an undecided CSR, the grave ones first; none once it is decided."""
    if csr.state not in UNDECIDED:
        return []
    found = [
        *_of_subject(csr),
        *_of_history(csr, circumstances),
        *_of_people(csr, circumstances),
        *_of_purpose(csr, circumstances),
    ]
    if csr.renews:
        found += _of_renewal(csr, csr.renews, now)
    return sorted(found, key=lambda remark: not remark.is_grave)


def differs(in_csr: str, in_record: str) -> bool:
    """True when the CSR names something else; an attribute that it leaves out is no difference."""
    return bool(in_csr) and _comparable(in_csr) != _comparable(in_record)


def _comparable(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _of_subject(csr: CSR) -> Iterator[Remark]:
    if differs(csr.organization, csr.customer.name):
        yield Remark(
            "other organisation",
            f"The subject's organisation (O) is “{csr.organization}”; the customer's record says"
            f" “{csr.customer.name}”.",
            is_grave=True,
        )
    if not csr.organization and differs(csr.common_name or "-", csr.customer.name):
        named = f"only the common name (CN) “{csr.common_name}”" if csr.common_name else "nobody"
        yield Remark(
            "customer not named",
            f"The subject has no organisation (O) and names {named}; the customer's record says"
            f" “{csr.customer.name}”. Make sure that the CSR comes from there.",
        )
    if differs(csr.country, csr.customer.country):
        yield Remark(
            "other country",
            f"The subject's country (C) is “{csr.country}”; the customer's record says"
            f" “{csr.customer.country}”. Apple copies it into the certificate.",
            is_grave=True,
        )
    if not all(text.isprintable() for text in _subject_texts(csr)):
        yield Remark(
            "hidden characters",
            "The subject holds characters that cannot be seen, such as ones that turn the direction"
            " of reading: it may say something else than it shows.",
            is_grave=True,
        )


def _of_history(csr: CSR, circumstances: Circumstances) -> Iterator[Remark]:
    if circumstances.names_other_customer:
        yield Remark(
            "another customer",
            f"The subject's organisation (O), “{csr.organization}”, is another customer here.",
            is_grave=True,
        )
    if csr.country and not circumstances.knows_country:
        yield Remark(
            "new country",
            f"No earlier certificate of this customer was for the country “{csr.country}”.",
        )
    if csr.origin == CSR.Origin.UPLOADED and not circumstances.knows_generator:
        yield Remark(
            "unknown generator",
            "No CSR that this customer uploaded and that led to a certificate was built like this"
            " one: its subject has other attributes, so another program made it."
            if circumstances.has_had_upload
            else "No CSR that this customer uploaded led to a certificate so far, so nothing is"
            " known of the program that made this one.",
        )
    if circumstances.has_other_recent_csr:
        yield Remark(
            "second within a day",
            "This customer asked for another CSR within a day before this one.",
        )


def _subject_texts(csr: CSR) -> tuple[str, ...]:
    return csr.common_name, csr.organization, csr.organizational_unit, csr.country, csr.email


def _of_people(csr: CSR, circumstances: Circumstances) -> Iterator[Remark]:
    if not circumstances.asker_acts_for_customer:
        yield Remark(
            "asker is no admin",
            f"{csr.requested_by} is not, or no longer, an admin of {csr.customer}.",
            is_grave=not csr.requested_by.is_staff,
        )
    if _is_personal(csr.customer.apple_account):
        yield Remark(
            "personal Apple Account",
            f"The Apple Account “{csr.customer.apple_account}” is at a provider for private mail."
            " When its person leaves, nobody can renew: suggest a managed Apple Account, or an"
            " address of the organisation.",
        )
    if not csr.customer.apple_account:
        yield Remark(
            "no Apple Account",
            "The customer's record names no Apple Account. Every renewal needs the one with which"
            " the certificate is made, so have the customer say it before it is forgotten.",
        )


def _is_personal(apple_account: str) -> bool:
    return apple_account.rpartition("@")[2].lower() in PERSONAL


def _of_purpose(csr: CSR, circumstances: Circumstances) -> Iterator[Remark]:
    if not csr.renews and circumstances.has_active_certificate:
        yield Remark(
            "not a renewal",
            "The customer has an active certificate, and this CSR asks for a new one beside it. If"
            " it is meant to replace the old one, every device would have to be enrolled again: ask"
            " whether a renewal is meant.",
            is_grave=True,
        )
    if circumstances.has_other_live_csr:
        yield Remark("another CSR", "Another CSR of this customer is under way.")
    if not circumstances.has_had_certificate:
        yield Remark(
            "new customer",
            "Nothing was issued to this customer before. Make sure that it is who it says it is.",
        )
    if csr.origin == CSR.Origin.UPLOADED:
        yield Remark(
            "uploaded",
            "The customer made this CSR and keeps its key: the portal holds no copy of it.",
        )


def _of_renewal(csr: CSR, renews: PushCertificate, now: datetime) -> Iterator[Remark]:
    if renews.state != PushCertificate.State.ACTIVE:
        yield Remark(
            "renews an old one",
            f"The certificate to be renewed is now “{renews.get_state_display()}”.",
            is_grave=True,
        )
    if differs(csr.customer.apple_account, renews.apple_account):
        yield Remark(
            "other Apple Account",
            f"The certificate was made with “{renews.apple_account or 'no Apple Account'}”, the"
            f" record now says “{csr.customer.apple_account}”. A renewal works only with the old"
            " one.",
            is_grave=True,
        )
    if renews.is_expired(now):
        yield Remark(
            "after expiry",
            f"The certificate to be renewed expired on {renews.not_after:%d %B %Y}. Apple often"
            " renews it all the same for some weeks.",
        )
    elif renews.not_after - now > EARLY:
        days = (renews.not_after - now).days
        yield Remark("early renewal", f"The certificate to be renewed has {days} days left.")
