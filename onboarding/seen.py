"""What a decision is about: the CSR and the record beside it, and whether they changed since."""

import hashlib
import json
from collections.abc import Mapping

from onboarding.models import CSR

# Enough to notice a change; this guards against chance, not against who holds the form.
_DIGITS = 10


def content(csr: CSR) -> str:
    """SHA-256 of what an approval is given for; another one, and the approval counts no more."""
    return hashlib.sha256(json.dumps(_content(csr)).encode()).hexdigest()


def token(csr: CSR) -> str:
    """What a page has shown, for its form to carry: a short digest of each fact."""
    return ".".join(map(_digest, _facts(csr).values()))


def changes(csr: CSR, *, seen: str) -> list[str]:
    """What is another by now than when `token` was made, each as “name: value”."""
    before = seen.split(".")
    facts = _facts(csr)
    if len(before) != len(facts):
        return ["the portal itself: it was renewed in the meantime"]
    return [
        f"{name}: {value or 'nothing'}"
        for (name, value), digest in zip(facts.items(), before, strict=True)
        if _digest(value) != digest
    ]


def _facts(csr: CSR) -> Mapping[str, str]:
    return {**_content(csr), "state": csr.get_state_display(), "questions": _questions(csr)}


def _content(csr: CSR) -> dict[str, str]:
    """By the names that staff read; the order is part of the token."""
    customer, renews = csr.customer, csr.renews
    der = hashlib.sha256(bytes(csr.der or b"")).hexdigest()
    return {
        "key and CSR": der,
        "origin": csr.get_origin_display(),
        "asked by": csr.requested_by.email,
        "common name (CN)": csr.common_name,
        "organisation (O)": csr.organization,
        "unit (OU)": csr.organizational_unit,
        "country (C)": csr.country,
        "e-mail address": csr.email,
        "customer’s name": customer.name,
        "customer’s country": customer.country,
        "Apple Account": customer.apple_account,
        "certificate to be renewed": f"{renews.topic}, {renews.serial}" if renews else "",
        "its state": renews.get_state_display() if renews else "",
    }


def _questions(csr: CSR) -> str:
    found = csr.questions.values_list("answered_at", flat=True)
    return f"{len(found)} asked, {sum(at is not None for at in found)} answered"


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:_DIGITS]
