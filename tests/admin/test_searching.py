"""Words that staff type find rows: the same on SQLite and on PostgreSQL, as far as both can."""

import pytest

from onboarding.admin import searching
from onboarding.models import Customer, PushCertificate


@pytest.fixture(autouse=True)
def customers(db: None) -> None:
    for name, account in (
        ("Müller Labs 17 GmbH", "push-17@labs.example"),
        ("O'Neil & Sons (UK) \\ Ltd", "it@oneil.example"),
        ("Globex", ""),
    ):
        Customer.objects.create(name=name, country="DE", apple_account=account)


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("labs", "Müller Labs 17 GmbH"),
        ("müller", "Müller Labs 17 GmbH"),
        ("17 labs", "Müller Labs 17 GmbH"),
        ("Labs Gmb", "Müller Labs 17 GmbH"),
        ("push-17@labs.example", "Müller Labs 17 GmbH"),
        ("glob", "Globex"),
        ("o'neil", "O'Neil & Sons (UK) \\ Ltd"),
        ("O'Neil & Sons (UK) \\ Ltd", "O'Neil & Sons (UK) \\ Ltd"),
        ("it@oneil", "O'Neil & Sons (UK) \\ Ltd"),
        ("labs globex", None),
        ("'", None),
        ("\\ & !", None),
        ("\0", None),
        ("com.apple.mgmt.External.", None),
    ],
)
def test_a_customer_is_found_by_its_words(term: str, found: str | None) -> None:
    names = Customer.objects.filter(searching.customers(term)).values_list("name", flat=True)

    assert [*names] == ([found] if found else [])


def test_a_certificate_is_found_by_its_topic_whole_or_half(active: PushCertificate) -> None:
    own = active.topic.removeprefix("com.apple.mgmt.External.")

    for term in (active.topic, active.topic.upper(), own, own[:12], active.serial):
        assert [*PushCertificate.objects.filter(searching.push_certificates(term))] == [active]
    other = "com.apple.mgmt.External.00000000-0000-4000-8000-000000000000"
    assert not PushCertificate.objects.filter(searching.push_certificates(other))
