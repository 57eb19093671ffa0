"""Rows: what somebody changed in the database is found, and by its name."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from onboarding import storage, store
from onboarding.models import (
    CSR,
    Customer,
    PushCertificate,
    Topic,
    VendorCertificate,
)
from onboarding.pki.chain import Chain
from onboarding.pki.push_request import PushCertificateRequest
from pushportal.sandbox.authority import Authority
from tests.conftest import der_of
from tests.store.conftest import find, kinds


def the_one() -> store.Finding:
    findings = find()
    assert len(findings) == 1, findings
    return findings[0]


def test_a_signature_that_was_changed(whole: PushCertificate) -> None:
    CSR.objects.filter(pk=whole.csr.pk).update(signature=b"\0" * 256)

    found = the_one()

    assert (found.kind, found.about) == (
        "changed",
        f"signed request of CSR {whole.csr.pk} of Acme",
    )
    assert "is no longer what was signed" in found.sentence


def test_a_signature_that_was_changed_with_its_fingerprint(
    whole: PushCertificate, uploaded: CSR
) -> None:
    """Whoever can write to the database makes all of it fit; only the vendor's key cannot."""
    CSR.objects.filter(pk=whole.csr.pk).update(signature=uploaded.signature)
    _refit(whole.csr.pk)

    found = the_one()

    assert found.kind == "changed"
    assert "Apple would refuse the signed request" in found.sentence
    assert "made over another CSR" in found.sentence


def test_a_csr_that_was_exchanged(whole: PushCertificate, der: bytes) -> None:
    CSR.objects.filter(pk=whole.csr.pk).update(der=der)

    findings = find()

    assert [one.about for one in findings] == [
        f"CSR {whole.csr.pk} of Acme",
        f"signed request of CSR {whole.csr.pk} of Acme",
    ]
    assert "has another key than the one that was recorded" in findings[0].sentence


def test_a_csr_that_cannot_be_read_any_more(whole: PushCertificate) -> None:
    CSR.objects.filter(pk=whole.csr.pk).update(der=b"\x30\x03\x02\x01\x05")

    findings = find()

    assert kinds(findings) == ["changed", "changed"]
    assert "cannot be read" in findings[0].sentence


def test_a_chain_with_another_root(
    whole: PushCertificate, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Authority.prepare(tmp_path_factory.mktemp("other"), now=timezone.now())
    pem = other.vendor_identity.read_text()
    chain = pem[pem.index("-----BEGIN CERTIFICATE") :]
    VendorCertificate.objects.update(chain=chain)

    findings = find()

    assert kinds(findings) == ["changed"] * 3
    assert findings[0].about.startswith("vendor certificate ")
    assert "does not hold" in findings[0].sentence


def test_a_chain_that_begins_with_another_certificate(whole: PushCertificate) -> None:
    row = VendorCertificate.objects.get()
    VendorCertificate.objects.filter(pk=row.pk).update(not_after=row.not_after + timedelta(days=1))

    assert "begins with another certificate" in the_one().sentence


def test_a_signature_without_its_event(whole: PushCertificate, uploaded: CSR) -> None:
    # Events cannot be deleted, so a signed row is made that never had one.
    columns = {field.attname: getattr(uploaded, field.attname) for field in CSR._meta.fields}
    copy = {**columns, "id": uuid4(), "state": CSR.State.WITHDRAWN, "upload": ""}
    CSR.objects.create(**copy)

    assert "No Event tells of the signed request of CSR" in the_one().sentence


def test_the_certificate_of_another_csr(
    whole: PushCertificate, signed_at_globex: CSR, apple: Authority
) -> None:
    other = der_of(apple.issue(bytes(signed_at_globex.der or b"")))
    PushCertificate.objects.filter(pk=whole.pk).update(der=other, upload="")
    storage.delete(whole.upload)

    found = the_one()

    assert found.about == f"push certificate {whole.serial} of Acme ({whole.topic})"
    assert "was made for another key" in found.sentence


def test_a_certificate_from_a_look_alike(
    whole: PushCertificate, tmp_path_factory: pytest.TempPathFactory
) -> None:
    false = Authority.prepare(tmp_path_factory.mktemp("false"), now=timezone.now())
    other = der_of(false.issue(bytes(whole.csr.der or b"")))
    PushCertificate.objects.filter(pk=whole.pk).update(der=other, upload="")
    storage.delete(whole.upload)

    assert "it is a look-alike" in the_one().sentence


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("topic", "com.apple.mgmt.External.other", "another topic than the row"),
        ("serial", "00", "another serial than the row"),
        ("not_after", timezone.now() + timedelta(days=3650), "another not after than the row"),
        ("fingerprint_sha256", "ab" * 32, "another fingerprint than the row"),
    ],
)
def test_a_row_that_says_something_else_than_its_certificate(
    whole: PushCertificate, column: str, value: object, words: str
) -> None:
    PushCertificate.objects.filter(pk=whole.pk).update(**{column: value})

    assert words in find()[0].sentence


def test_a_certificate_at_another_customer(whole: PushCertificate, globex: Customer) -> None:
    PushCertificate.objects.filter(pk=whole.pk).update(customer=globex)

    sentences = " ".join(one.sentence for one in find())

    assert "and its CSR belong to different customers" in sentences
    assert "is not registered for its customer" in sentences


def test_a_topic_that_moved(whole: PushCertificate, globex: Customer) -> None:
    Topic.objects.filter(name=whole.topic).update(customer=globex)

    assert "is not registered for its customer" in the_one().sentence


def test_an_expired_chain_holds_as_of_the_signature(
    whole: PushCertificate, sign_all: Callable[[], None]
) -> None:
    end = VendorCertificate.objects.get().not_after

    findings = find(later=end - timezone.now() + timedelta(days=1))

    signed = [one for one in findings if one.about.startswith("signed request")]
    assert kinds(findings).count("past") == len(findings)
    assert len(signed) == 2
    assert f"holds as of {timezone.now():%Y-%m-%d}" in signed[0].sentence
    assert "when it was signed" in signed[0].sentence


def _refit(pk: UUID) -> None:
    """Record the SHA-256 of what is there now, as whoever writes to the database could."""
    csr = CSR.objects.select_related("vendor_certificate").get(pk=pk)
    assert csr.der
    assert csr.signature
    assert csr.vendor_certificate
    content = PushCertificateRequest(
        csr_der=bytes(csr.der),
        chain=Chain.of_pem(csr.vendor_certificate.chain),
        signature=bytes(csr.signature),
    ).encode()
    CSR.objects.filter(pk=pk).update(push_request_sha256=sha256(content).hexdigest())
