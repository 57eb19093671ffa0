"""Each thing that is amiss in a token, or with its module, is told in a sentence."""

import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.signing.from_token import load, refusal
from tests.signing.softhsm import MODULE, SoftHSM, url
from tests.signing.vendor import Vendor

pytestmark = pytest.mark.needs("softhsm")

WITHOUT_THE_PACKAGE = """
import sys
sys.modules["pkcs11"] = None
from datetime import UTC, datetime
from onboarding import errors
from onboarding.pki.trust import Trust
from signing import identity
for url in ("pkcs11:token=a?module-path=/m", "file:///nowhere.pem"):
    try:
        identity.load(url, passphrase=None, trust=Trust.apple(), now=datetime.now(UTC))
    except errors.InvalidIdentity as error:
        print(error)
"""


def test_a_missing_module_is_named(vendor: Vendor, now: datetime) -> None:
    named = "pkcs11:token=vendor?module-path=/nowhere/hsm.so"

    assert "There is no PKCS#11 module at /nowhere/hsm.so. Install" in refusal(vendor, now, named)


def test_a_file_that_is_no_module_is_told(vendor: Vendor, now: datetime) -> None:
    path = vendor.file("hsm.so", "not a library")
    named = f"pkcs11:token=vendor?module-path={path.as_uri().removeprefix('file://')}"

    assert "cannot be used: PKCS11Error (OS exception" in refusal(vendor, now, named)


def test_a_missing_token_is_told_with_those_that_are_there(
    token: SoftHSM, vendor: Vendor, now: datetime
) -> None:
    sentence = refusal(vendor, now, url(at="elsewhere"))

    assert "No tokens fit SIGNING_IDENTITY (token=elsewhere, object=vendor)" in sentence
    assert f"There are, at {MODULE}: 'vendor'." in sentence


def test_without_any_token_none_is_named(softhsm: SoftHSM, vendor: Vendor, now: datetime) -> None:
    assert f"There are, at {MODULE}: none." in refusal(vendor, now)


def test_a_missing_key_is_told(token: SoftHSM, vendor: Vendor, now: datetime) -> None:
    sentence = refusal(vendor, now, url(label="elsewhere", more="id=%02"))

    assert "No private keys fit SIGNING_IDENTITY (token=vendor, object=elsewhere, id=02" in sentence


def test_two_keys_of_one_label_are_told_apart_by_their_ids(
    token: SoftHSM, vendor: Vendor, now: datetime, push_key: rsa.RSAPrivateKey
) -> None:
    token.key(push_key, id=b"\2")

    assert "2 private keys fit SIGNING_IDENTITY" in refusal(vendor, now)
    assert load(vendor, now, url(more="id=%01")).chain.pem == vendor.chain


def test_a_key_that_may_not_sign_is_refused(
    softhsm: SoftHSM, vendor: Vendor, now: datetime
) -> None:
    softhsm.token()
    softhsm.key(vendor.key, sign=False)

    assert "may not sign: its attribute CKA_SIGN is false" in refusal(vendor, now)


def test_a_key_that_is_not_rsa_is_refused(softhsm: SoftHSM, vendor: Vendor, now: datetime) -> None:
    softhsm.token()
    softhsm.ec_key()

    assert "The private key is not RSA" in refusal(vendor, now)


def test_a_token_without_the_mechanism_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vendor: Vendor, now: datetime
) -> None:
    softhsm = SoftHSM.start(tmp_path / "bare", more="slots.mechanisms = CKM_RSA_PKCS\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(softhsm.configuration))
    softhsm.token()
    softhsm.key(vendor.key)

    assert "does not offer the mechanism SHA256_RSA_PKCS" in refusal(vendor, now)


def test_a_key_without_certificate_is_refused(
    softhsm: SoftHSM, vendor: Vendor, now: datetime
) -> None:
    softhsm.token()
    softhsm.key(vendor.key)

    assert "x-chain-file=/path" in refusal(vendor, now)


def test_a_certificate_of_another_key_is_refused(
    softhsm: SoftHSM, vendor: Vendor, now: datetime, push_key: rsa.RSAPrivateKey
) -> None:
    softhsm.token()
    softhsm.key(push_key)
    softhsm.certificate(vendor.leaf)

    assert "belongs to none of the certificates beside it (MDM Vendor" in refusal(vendor, now)


def test_a_damaged_certificate_is_told(softhsm: SoftHSM, vendor: Vendor, now: datetime) -> None:
    softhsm.token()
    softhsm.key(vendor.key)
    softhsm.bytes_as_certificate(b"\x30\x03\x02\x01\x05")

    assert "A certificate beside the key in the token is damaged" in refusal(vendor, now)


def test_a_chain_file_that_holds_none_is_named(
    token: SoftHSM, vendor: Vendor, now: datetime
) -> None:
    path = token.folder / "page.html"
    path.write_text("<html>Sign in</html>")

    sentence = refusal(vendor, now, url(query=f"&x-chain-file={path}"))

    assert f"{path}, of x-chain-file=: There is no certificate in this file." in sentence


def test_an_expired_certificate_is_refused(softhsm: SoftHSM, vendor: Vendor, now: datetime) -> None:
    softhsm.token()
    softhsm.key(vendor.key)
    softhsm.certificate(vendor.certificate(end=now - timedelta(days=1)))

    assert "expired on" in refusal(vendor, now)


def test_without_its_package_only_tokens_are_refused() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_PACKAGE], capture_output=True, text=True, check=True
    )

    of_token, of_file = ran.stdout.splitlines()
    assert "python-pkcs11 is not installed. Install it: pip install" in of_token
    assert "deploy/requirements.txt" in of_token
    assert "/nowhere.pem cannot be read" in of_file


def test_a_package_that_is_there_in_part_is_not_taken_for_missing() -> None:
    script = WITHOUT_THE_PACKAGE.replace('"pkcs11"', '"asn1crypto"')

    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert "'asn1crypto' is not a package" in ran.stderr
