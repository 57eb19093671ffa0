"""Create, Renew, Revoke: a row per topic, each its Apple Account's own."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import NameOID

from pushportal.sandbox.authority import Authority
from pushportal.sandbox.errors import (
    InvalidRequest,
    RevokedCertificate,
    SignatureRefused,
    UnknownCertificate,
)
from tests.sandbox.signed import SignedRequest, csr_der

ADA, EVE = "ada@acme.example", "eve@other.example"


def _certificate(pem: bytes) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem)


def _subject(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> object:
    return certificate.subject.get_attributes_for_oid(oid)[0].value


def test_create_certifies_the_key_of_the_csr_under_a_new_topic(
    apple: Authority, signed: SignedRequest, now: datetime
) -> None:
    row = apple.create(signed.encode(), account=ADA, now=now, notes="Head office")

    certificate = _certificate(row.pem)
    uuid = row.topic.removeprefix("com.apple.mgmt.External.")
    assert len(uuid) == 36
    assert [attribute.value for attribute in certificate.subject] == [
        row.topic,
        f"APSP:{uuid}",
        "DE",
    ]
    assert certificate.public_key() == x509.load_der_x509_csr(signed.csr).public_key()
    assert certificate.not_valid_after_utc - now == timedelta(days=365)
    assert (row.serial, row.not_after) == (
        f"{certificate.serial_number:X}",
        certificate.not_valid_after_utc,
    )
    assert row.notes == "Head office"


def test_the_file_is_named_after_the_vendor_with_its_spaces(
    apple: Authority, signed: SignedRequest, now: datetime
) -> None:
    row = apple.create(signed.encode(), account=ADA, now=now)

    assert row.filename == "MDM_ Example MDM GmbH & Co. KG_Certificate.pem"
    assert row.vendor == "Example MDM GmbH & Co. KG"


def test_creating_twice_gives_two_topics(
    apple: Authority, signed: SignedRequest, now: datetime
) -> None:
    first = apple.create(signed.encode(), account=ADA, now=now)
    second = apple.create(signed.encode(), account=ADA, now=now)

    assert {row.topic for row in apple.issued(ADA)} == {first.topic, second.topic}
    assert first.topic != second.topic


def test_a_renewal_keeps_its_topic_and_its_row(
    apple: Authority, signed: SignedRequest, now: datetime
) -> None:
    old = apple.create(signed.encode(), account=ADA, now=now, notes="Head office")
    later = now + timedelta(days=300)

    new = apple.renew(old.topic, SignedRequest(apple).encode(), account=ADA, now=later)

    assert _subject(_certificate(new.pem), NameOID.USER_ID) == old.topic
    assert _certificate(new.pem).public_key() != _certificate(old.pem).public_key()
    assert new.not_after == later + timedelta(days=365)
    assert new.superseded_serials == (old.serial,)
    assert new.notes == "Head office"
    assert apple.issued(ADA) == [new]


def test_an_expired_certificate_can_still_be_renewed(
    apple: Authority, signed: SignedRequest, now: datetime
) -> None:
    old = apple.create(signed.encode(), account=ADA, now=now - timedelta(seconds=30))
    ended = apple.issue(signed.csr, topic=old.topic, not_after=now - timedelta(days=10))
    not_after = _certificate(ended).not_valid_after_utc
    apple.records.add(replace(old, not_after=not_after, pem=ended))
    assert apple.issued(ADA)[0].status(now) == "Expired"

    new = apple.renew(old.topic, signed.encode(), account=ADA, now=now)

    assert (new.topic, new.status(now)) == (old.topic, "Active")


def test_another_account_cannot_renew(
    apple: Authority, signed: SignedRequest, now: datetime
) -> None:
    row = apple.create(signed.encode(), account=ADA, now=now)

    with pytest.raises(UnknownCertificate, match="no such certificate"):
        apple.renew(row.topic, signed.encode(), account=EVE, now=now)

    assert apple.issued(ADA) == [row]
    assert apple.issued(EVE) == []


def test_an_account_is_the_same_in_capitals(
    apple: Authority, signed: SignedRequest, now: datetime
) -> None:
    row = apple.create(signed.encode(), account=" Ada@Acme.Example ", now=now)

    assert apple.find(row.topic, account=ADA) == row


@pytest.mark.parametrize(
    "topic",
    [
        "com.apple.mgmt.External.00000000-0000-4000-8000-000000000000",
        "../authority/root",
        "com.apple.mgmt.External.../../authority/root",
        "",
    ],
)
def test_a_topic_that_was_never_issued_is_unknown(
    topic: str, apple: Authority, signed: SignedRequest, now: datetime
) -> None:
    with pytest.raises(UnknownCertificate):
        apple.renew(topic, signed.encode(), account=ADA, now=now)


def test_a_refused_renewal_leaves_the_row_as_it_was(
    apple: Authority, signed: SignedRequest, now: datetime
) -> None:
    row = apple.create(signed.encode(), account=ADA, now=now)

    with pytest.raises(InvalidRequest):
        apple.renew(row.topic, signed.csr, account=ADA, now=now)

    assert apple.issued(ADA) == [row]


def test_a_refused_creation_leaves_no_row(
    apple: Authority, signed: SignedRequest, now: datetime
) -> None:
    signed.csr = csr_der()

    with pytest.raises(SignatureRefused):
        apple.create(signed.encode(), account=ADA, now=now)

    assert apple.issued(ADA) == []


def test_a_revoked_certificate_stays_in_the_list_and_cannot_be_renewed(
    apple: Authority, signed: SignedRequest, now: datetime
) -> None:
    row = apple.create(signed.encode(), account=ADA, now=now)

    apple.revoke(row.topic, account=ADA)

    with pytest.raises(RevokedCertificate):
        apple.renew(row.topic, signed.encode(), account=ADA, now=now)
    assert [kept.status(now) for kept in apple.issued(ADA)] == ["Revoked"]


def test_a_renewal_that_races_a_revocation_loses(
    apple: Authority, signed: SignedRequest, now: datetime
) -> None:
    row = apple.create(signed.encode(), account=ADA, now=now)
    apple.revoke(row.topic, account=ADA)

    # As if the revocation came after the first look, while the new certificate was being made.
    with pytest.raises(RevokedCertificate):
        apple.records.renew(row)


def test_renewals_at_once_are_all_remembered(
    apple: Authority, signed: SignedRequest, now: datetime
) -> None:
    row = apple.create(signed.encode(), account=ADA, now=now)
    data = signed.encode()
    threads = [
        threading.Thread(
            target=apple.renew, args=(row.topic, data), kwargs={"account": ADA, "now": now}
        )
        for _ in range(8)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (kept,) = apple.issued(ADA)
    assert len({*kept.superseded_serials, kept.serial}) == 9


def test_records_survive_reopening(apple: Authority, signed: SignedRequest, now: datetime) -> None:
    created = apple.create(signed.encode(), account=ADA, now=now, notes="Zürich\nsecond line")
    row = apple.renew(created.topic, signed.encode(), account=ADA, now=now)

    reopened = Authority.prepare(apple.folder, now=now)

    assert reopened.issued(ADA) == [row]
    assert {path.stat().st_mode & 0o777 for path in (apple.folder / "issued").iterdir()} == {0o600}


def test_the_newest_expiry_comes_first(
    apple: Authority, signed: SignedRequest, now: datetime
) -> None:
    times = [now, now + timedelta(days=2), now + timedelta(days=1)]

    rows = [apple.create(signed.encode(), account=ADA, now=at) for at in times]

    assert apple.issued(ADA) == [rows[1], rows[2], rows[0]]


def test_odd_certificates_can_be_had_for_tests(apple: Authority, now: datetime) -> None:
    der = csr_der(O="Acme")
    key = x509.load_der_x509_csr(csr_der()).public_key()
    assert isinstance(key, RSAPublicKey)

    odd = _certificate(
        apple.issue(
            der,
            topic="com.apple.mgmt.External.chosen",
            not_after=now - timedelta(days=1),
            public_key=key,
            without=frozenset({x509.ExtendedKeyUsage.oid}),
        )
    )

    assert _subject(odd, NameOID.USER_ID) == "com.apple.mgmt.External.chosen"
    assert _subject(odd, NameOID.COUNTRY_NAME) == "US"
    assert odd.not_valid_after_utc == now - timedelta(days=1)
    assert odd.public_key() == key
    with pytest.raises(x509.ExtensionNotFound):
        odd.extensions.get_extension_for_class(x509.ExtendedKeyUsage)


def test_a_look_alike_differs_in_its_signature_only(apple: Authority) -> None:
    issuer = apple.keyring.push_ca.certificate
    csr = csr_der()

    genuine, look_alike = (_certificate(apple.issue(csr, look_alike=odd)) for odd in (False, True))

    genuine.verify_directly_issued_by(issuer)
    with pytest.raises(InvalidSignature):
        look_alike.verify_directly_issued_by(issuer)
    assert look_alike.issuer == issuer.subject
    assert _authority_key(look_alike) == _authority_key(genuine)


def _authority_key(certificate: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    return certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
