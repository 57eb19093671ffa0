"""A key in a token signs as one in a file does."""

import logging
import subprocess
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.serialization import Encoding
from pkcs11 import Mechanism
from pytest_django import Settings

from onboarding.models import CSR
from onboarding.pki.trust import Trust
from pushportal.sandbox.authority import Authority
from signing import held, identity
from signing.identity import SigningIdentity
from signing.sign import sign
from signing.tasks import sign_approved
from tests.signing.from_token import load, refusal
from tests.signing.softhsm import PIN, SoftHSM, opened, url
from tests.signing.vendor import Vendor

pytestmark = pytest.mark.needs("softhsm")


@pytest.mark.needs("openssl")
def test_a_signature_is_what_openssl_makes(
    token: SoftHSM, vendor: Vendor, now: datetime, csr_file: bytes
) -> None:
    key, data = vendor.pem(), vendor.file("csr.der", csr_file)

    signature = load(vendor, now).sign(csr_file)

    openssl = subprocess.run(
        ["openssl", "dgst", "-sha256", "-sign", key, data], check=True, capture_output=True
    )
    assert signature == openssl.stdout


def test_a_request_is_the_same_as_with_the_key_in_a_file(
    token: SoftHSM, vendor: Vendor, signer: SigningIdentity, now: datetime, csr_file: bytes
) -> None:
    in_token = sign(csr_file, identity=load(vendor, now), trust=vendor.trust, now=now)

    in_file = sign(csr_file, identity=signer, trust=vendor.trust, now=now)

    assert in_token.content == in_file.content


def test_data_of_a_megabyte_is_signed_whole(
    token: SoftHSM, vendor: Vendor, now: datetime, csr_file: bytes
) -> None:
    data = csr_file * 1000

    signature = load(vendor, now).sign(data)

    vendor.key.public_key().verify(signature, data, padding.PKCS1v15(), SHA256())


def test_the_chain_is_completed_from_the_trust(
    token: SoftHSM, vendor: Vendor, now: datetime
) -> None:
    assert load(vendor, now).chain.pem == vendor.chain


@pytest.mark.parametrize(
    ("key_id", "label"), [(b"\1", "another"), (b"\7", "vendor"), (b"\1", "vendor")]
)
def test_the_certificate_is_found_by_the_keys_id_or_by_its_label(
    softhsm: SoftHSM, vendor: Vendor, now: datetime, key_id: bytes, label: str
) -> None:
    softhsm.token()
    softhsm.key(vendor.key)
    softhsm.certificate(vendor.leaf, key_id=key_id, label=label)

    assert load(vendor, now).chain.pem == vendor.chain


def test_of_two_certificates_for_the_key_the_longer_lasting_counts(
    token: SoftHSM, vendor: Vendor, now: datetime
) -> None:
    token.certificate(
        vendor.certificate(begin=now - timedelta(days=400), end=now - timedelta(days=35))
    )

    assert load(vendor, now).chain.pem == vendor.chain


def test_a_file_may_hold_the_certificates(softhsm: SoftHSM, vendor: Vendor, now: datetime) -> None:
    softhsm.token()
    softhsm.key(vendor.key)
    path = vendor.file("chain.pem", vendor.chain)
    bare = Trust(vendor.trust.anchors)
    named = url(query=f"&x-chain-file={path.as_uri().removeprefix('file://')}")

    loaded = identity.load(named, passphrase=PIN, trust=bare, now=now)

    assert loaded.chain.pem == vendor.chain


def test_a_chain_that_is_replaced_is_read_at_the_next_round(
    softhsm: SoftHSM, vendor: Vendor, now: datetime, settings: Settings
) -> None:
    softhsm.token()
    softhsm.key(vendor.key)
    path = softhsm.folder / "chain.pem"
    path.write_text(vendor.certificate(begin=now - timedelta(days=9), end=now + timedelta(days=9)))
    settings.SIGNING_IDENTITY = url(query=f"&x-chain-file={path}")
    settings.SIGNING_IDENTITY_PASSPHRASE = PIN
    ending = held.current(trust=vendor.trust, now=now)

    renewed = path.with_name("renewed.pem")
    renewed.write_text(vendor.leaf)
    renewed.replace(path)

    assert held.current(trust=vendor.trust, now=now).chain.pem == vendor.chain != ending.chain.pem
    path.unlink()
    assert held.current(trust=vendor.trust, now=now).chain.pem == vendor.chain


def test_a_file_from_apple_is_taken_as_it_came(
    softhsm: SoftHSM, vendor: Vendor, now: datetime
) -> None:
    softhsm.token()
    softhsm.key(vendor.key)
    leaf = x509.load_pem_x509_certificate(vendor.leaf.encode())
    path = softhsm.folder / "MDM.cer"
    path.write_bytes(leaf.public_bytes(Encoding.DER))

    assert load(vendor, now, url(query=f"&x-chain-file={path}")).chain.pem == vendor.chain


def test_the_key_is_found_by_its_id_alone(token: SoftHSM, vendor: Vendor, now: datetime) -> None:
    assert load(vendor, now, url(label=None, more="id=%01")).chain.pem == vendor.chain


def test_of_tokens_with_one_label_the_serial_tells(
    token: SoftHSM, vendor: Vendor, now: datetime
) -> None:
    with opened("vendor") as session:
        serial = session.token.serial.decode()
    token.token("vendor")

    assert "2 tokens fit SIGNING_IDENTITY (token=vendor" in refusal(vendor, now)
    assert load(vendor, now, url(more=f"serial={serial}")).chain.pem == vendor.chain


def test_labels_with_odd_characters_are_found(
    softhsm: SoftHSM, vendor: Vendor, now: datetime
) -> None:
    softhsm.token("Müller; & 50%")
    softhsm.key(vendor.key, at="Müller; & 50%", label="a?b/c=d")
    softhsm.certificate(vendor.leaf, at="Müller; & 50%")

    named = url(at="Müller; & 50%", label="a?b/c=d")

    assert load(vendor, now, named).chain.pem == vendor.chain


def test_two_identities_in_one_token_sign_each_with_its_key(
    token: SoftHSM, vendor: Vendor, now: datetime, push_key: rsa.RSAPrivateKey
) -> None:
    first = load(vendor, now)
    token.key(push_key, label="second", id=b"\2")
    second = identity.private_key_in_token(url(label="second"), pin=PIN)

    signatures = [first.sign(b"data"), first.sign(b"data")]
    other = second.sign(b"data", padding.PKCS1v15(), SHA256())

    own = vendor.key.sign(b"data", padding.PKCS1v15(), SHA256())
    assert signatures == [own, own]
    push_key.public_key().verify(other, b"data", padding.PKCS1v15(), SHA256())


def test_a_key_in_a_token_gives_signatures_and_nothing_else(token: SoftHSM, vendor: Vendor) -> None:
    key = identity.private_key_in_token(url(), pin=PIN)

    assert (key.key_size, key.public_key()) == (2048, vendor.key.public_key())
    with pytest.raises(NotImplementedError, match=r"PKCS#1 v1\.5 with SHA-256 only"):
        key.sign(b"", padding.PKCS1v15(), SHA512())
    with pytest.raises(NotImplementedError, match=r"PKCS#1 v1\.5 with SHA-256 only"):
        key.sign(b"", padding.PSS(padding.MGF1(SHA256()), 32), SHA256())
    with pytest.raises(NotImplementedError, match="stays in its token"):
        key.private_numbers()


def test_what_is_approved_is_signed_by_the_token(
    softhsm: SoftHSM, apple: Authority, approved: CSR, sandbox_trust: Trust, settings: Settings
) -> None:
    softhsm.token()
    softhsm.key(apple.keyring.vendor.key)
    softhsm.certificate(apple.keyring.vendor.pem)
    settings.SIGNING_IDENTITY, settings.SIGNING_IDENTITY_PASSPHRASE = url(), PIN

    sign_approved()

    approved.refresh_from_db()
    assert approved.state == CSR.State.SIGNED


def test_neither_pin_nor_data_shows(
    token: SoftHSM, vendor: Vendor, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    loaded = load(vendor, now)
    loaded.sign(b"data")
    key = identity.private_key_in_token(url(), pin=PIN)

    assert PIN not in f"{loaded!r} {key!r} {caplog.text}"
    assert Mechanism.SHA256_RSA_PKCS.name not in caplog.text
