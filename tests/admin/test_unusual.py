"""What is remarked on before a CSR is approved, and what is not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from onboarding import unusual
from onboarding.models import CSR, Customer, PushCertificate, User
from onboarding.unusual import Circumstances

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ORDINARY = Circumstances(
    has_other_live_csr=False,
    has_had_certificate=True,
    has_active_certificate=False,
    asker_acts_for_customer=True,
)


def a_csr(**columns: Any) -> CSR:
    """An ordinary CSR of Acme, not in the database. Any: the model's columns."""
    customer = Customer(name="Acme", country="DE", apple_account="push@acme.example")
    ordinary = {
        "customer": customer,
        "requested_by": User(name="Ada"),
        "state": CSR.State.SUBMITTED,
        "origin": CSR.Origin.MADE_HERE,
        "organization": "Acme",
        "country": "DE",
    }
    return CSR(**{**ordinary, **columns})


def a_certificate(**columns: Any) -> PushCertificate:
    """Acme's, with forty days left. Any: the model's columns."""
    ordinary = {
        "state": PushCertificate.State.ACTIVE,
        "apple_account": "push@acme.example",
        "not_after": NOW + timedelta(days=40),
    }
    return PushCertificate(**{**ordinary, **columns})


def marks(csr: CSR, circumstances: Circumstances = ORDINARY) -> list[str]:
    found = unusual.remarks(csr, circumstances=circumstances, now=NOW)
    return [remark.mark for remark in found]


def test_an_ordinary_csr_has_no_remarks() -> None:
    assert marks(a_csr()) == []


def test_an_ordinary_renewal_has_no_remarks() -> None:
    circumstances = replace(ORDINARY, has_active_certificate=True)

    assert marks(a_csr(renews=a_certificate()), circumstances) == []


@pytest.mark.parametrize(
    ("columns", "mark"),
    [
        ({"organization": "Acme Corp"}, "other organisation"),
        ({"organization": "", "common_name": "push"}, "customer not named"),
        ({"organization": "", "common_name": ""}, "customer not named"),
        ({"country": "US"}, "other country"),
        ({"common_name": "Acme\u202eemca"}, "hidden characters"),
        ({"origin": CSR.Origin.UPLOADED}, "uploaded"),
        ({"customer": Customer(name="Acme", country="DE")}, "no Apple Account"),
        (
            {"customer": Customer(name="Acme", country="DE", apple_account="Ada@Gmail.com")},
            "personal Apple Account",
        ),
    ],
)
def test_what_is_in_the_csr_is_remarked_on(columns: dict[str, Any], mark: str) -> None:
    assert marks(a_csr(**columns)) == [mark]


@pytest.mark.parametrize(
    "columns",
    [
        {"organization": " ACME "},
        {"organization": "", "common_name": "Acme"},
        {"country": "de"},
        {"country": ""},
    ],
)
def test_spelling_and_what_is_left_out_are_no_difference(columns: dict[str, str]) -> None:
    assert marks(a_csr(**columns)) == []


@pytest.mark.parametrize(
    ("fact", "value", "mark"),
    [
        ("has_other_live_csr", True, "another CSR"),
        ("has_had_certificate", False, "new customer"),
        ("has_active_certificate", True, "not a renewal"),
        ("asker_acts_for_customer", False, "asker is no admin"),
        ("has_other_recent_csr", True, "second within a day"),
        ("knows_country", False, "new country"),
        ("names_other_customer", True, "another customer"),
    ],
)
def test_what_is_around_the_csr_is_remarked_on(fact: str, value: bool, mark: str) -> None:  # noqa: FBT001
    assert marks(a_csr(), replace(ORDINARY, **{fact: value})) == [mark]


@pytest.mark.parametrize(
    ("had_one", "reason"), [(True, "has other attributes"), (False, "nothing is known")]
)
def test_an_upload_of_an_unknown_program_is_remarked_on(had_one: bool, reason: str) -> None:  # noqa: FBT001
    csr = a_csr(origin=CSR.Origin.UPLOADED)
    circumstances = replace(ORDINARY, knows_generator=False, has_had_upload=had_one)

    found = unusual.remarks(csr, circumstances=circumstances, now=NOW)

    assert reason in {one.mark: one.reason for one in found}["unknown generator"]
    assert "unknown generator" not in marks(a_csr(), circumstances)


@pytest.mark.parametrize(
    ("columns", "mark"),
    [
        ({"not_after": NOW + timedelta(days=200)}, "early renewal"),
        ({"not_after": NOW - timedelta(days=3)}, "after expiry"),
        ({"state": PushCertificate.State.SUPERSEDED}, "renews an old one"),
        ({"apple_account": "old@acme.example"}, "other Apple Account"),
    ],
)
def test_an_odd_renewal_is_remarked_on(columns: dict[str, Any], mark: str) -> None:
    assert marks(a_csr(renews=a_certificate(**columns))) == [mark]


def test_the_grave_remarks_come_first() -> None:
    csr = a_csr(origin=CSR.Origin.UPLOADED, country="US")

    found = unusual.remarks(csr, circumstances=ORDINARY, now=NOW)

    assert [(remark.mark, remark.is_grave) for remark in found] == [
        ("other country", True),
        ("uploaded", False),
    ]


@pytest.mark.parametrize("state", [CSR.State.SIGNED, CSR.State.FULFILLED, CSR.State.REJECTED])
def test_a_decided_csr_has_no_remarks(state: str) -> None:
    assert marks(a_csr(state=state, country="US")) == []


def test_a_reason_is_a_sentence_that_names_what_was_found() -> None:
    (remark,) = unusual.remarks(a_csr(country="US"), circumstances=ORDINARY, now=NOW)

    assert "“US”" in remark.reason
    assert "“DE”" in remark.reason
