"""What is known around a CSR, as the database tells it: each fact, and its opposite."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.utils import timezone

from onboarding import lifecycle, unusual
from onboarding.admin import circumstances
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, PushCertificate, User
from pushportal.sandbox.authority import Authority
from tests.conftest import der_of
from tests.signing.vendor import csr_der

Upload = Callable[..., CSR]
Issue = Callable[[CSR], PushCertificate]


@pytest.fixture
def upload(acme: Customer, ada: User, push_keys: list[rsa.RSAPrivateKey]) -> Upload:
    """Ada brings a CSR of her own. Any: what it is to have beside."""
    left = list(push_keys)

    def brought(**more: object) -> CSR:
        der = csr_der(left.pop(), **more)  # type: ignore[arg-type]  # Passed on as it comes.
        return lifecycle.submit_upload(acme, der=der, upload="", by=Actor.of(ada))

    return brought


@pytest.fixture
def issue(sam: User, ada: User, sign_all: Callable[[], None], apple: Authority) -> Issue:
    """Through signature and Apple to an active certificate."""

    def issued(csr: CSR) -> PushCertificate:
        lifecycle.approve(csr, by=Actor.of(sam))
        sign_all()
        csr.refresh_from_db()
        der = der_of(apple.issue(bytes(csr.der or b"")))
        return lifecycle.activate(csr, der=der, upload="", by=Actor.of(ada))

    return issued


def marks(csr: CSR) -> set[str]:
    row = circumstances.ask(CSR.objects.all()).get(pk=csr.pk)
    found = unusual.remarks(row, circumstances=circumstances.read(row), now=timezone.now())
    return {one.mark for one in found}


def test_the_first_upload_is_of_an_unknown_program(upload: Upload) -> None:
    assert "unknown generator" in marks(upload())


def test_a_program_is_known_by_what_led_to_a_certificate(upload: Upload, issue: Issue) -> None:
    issue(upload())

    assert "unknown generator" not in marks(upload())
    assert "unknown generator" in marks(
        upload(further=[(NameOID.ORGANIZATIONAL_UNIT_NAME, "Devices")])
    )


def test_a_country_is_new_beside_those_of_certificates(upload: Upload, issue: Issue) -> None:
    issue(upload())
    same, other = upload(), upload()
    CSR.objects.filter(pk=other.pk).update(country="FR")

    assert "new country" not in marks(same)
    assert "new country" in marks(other)


def test_no_country_is_new_where_none_is_known(upload: Upload, acme: Customer) -> None:
    now = timezone.now()
    PushCertificate.objects.create(
        customer=acme,
        topic="com.apple.mgmt.External.imported",
        not_before=now,
        not_after=now + timedelta(days=9),
        activated_at=now,
        der=b"",
    )

    assert "new country" not in marks(upload())


@pytest.mark.parametrize(("name", "is_there"), [("GLOBEX", True), ("Acme", False)])
def test_another_customers_name_is_known_whatever_the_case(
    upload: Upload,
    globex: Customer,
    name: str,
    is_there: bool,  # noqa: FBT001
) -> None:
    csr = upload(further=[(NameOID.ORGANIZATION_NAME, name)])

    assert ("another customer" in marks(csr)) == is_there


def test_a_second_one_within_a_day_is_told_of_the_second_alone(upload: Upload) -> None:
    first, second = upload(), upload()
    CSR.objects.filter(pk=first.pk).update(requested_at=timezone.now() - timedelta(hours=23))

    assert "second within a day" in marks(second)
    assert "second within a day" not in marks(first)
    CSR.objects.filter(pk=first.pk).update(requested_at=timezone.now() - timedelta(hours=25))
    assert "second within a day" not in marks(second)
