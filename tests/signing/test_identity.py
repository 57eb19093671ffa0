"""An identity is loaded only when it can sign for Apple; each refusal says why."""

import logging
import re
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from onboarding import errors
from onboarding.pki.trust import Trust
from signing import fitness, identity
from signing.identities import file
from signing.identity import SigningIdentity
from tests.signing.vendor import PASSPHRASE, Vendor, csr_der, key_pem


def load(path: Path, vendor: Vendor, now: datetime, passphrase: str | None = None) -> str:
    """The chain of the identity in the file."""
    loaded = identity.load(path.as_uri(), passphrase=passphrase, trust=vendor.trust, now=now)
    return loaded.chain.pem


def refusal(path: Path, vendor: Vendor, now: datetime, passphrase: str | None = None) -> str:
    with pytest.raises(errors.InvalidIdentity) as refused:
        load(path, vendor, now, passphrase)
    return str(refused.value)


def test_a_pem_holds_key_and_chain(vendor: Vendor, now: datetime) -> None:
    assert load(vendor.pem(), vendor, now) == vendor.chain


def test_an_encrypted_pem_opens_with_its_passphrase(vendor: Vendor, now: datetime) -> None:
    path = vendor.pem(passphrase=PASSPHRASE)

    assert load(path, vendor, now, PASSPHRASE) == vendor.chain


@pytest.mark.needs("openssl")
def test_a_traditional_encrypted_key_opens_too(vendor: Vendor, now: datetime) -> None:
    command = ["openssl", "rsa", "-aes128", "-traditional", "-passout", f"pass:{PASSPHRASE}"]
    key = subprocess.run(
        [*command, "-in", str(vendor.pem())], check=True, capture_output=True, text=True
    )
    both = vendor.file("both.pem", key.stdout + vendor.leaf)

    assert load(both, vendor, now, PASSPHRASE) == vendor.chain
    assert "no passphrase is given" in refusal(both, vendor, now)


def test_what_the_file_lacks_comes_from_the_trust(vendor: Vendor, now: datetime) -> None:
    path = vendor.pem(certificates=vendor.leaf)

    assert load(path, vendor, now) == vendor.chain


def test_certificates_may_stand_in_any_order(vendor: Vendor, now: datetime) -> None:
    ring = vendor.apple.keyring
    path = vendor.file(
        "odd.pem", ring.root.pem + ring.push_ca.pem + ring.vendor.pem + key_pem(vendor.key)
    )

    assert load(path, vendor, now) == vendor.chain


@pytest.mark.needs("openssl")
@pytest.mark.parametrize("options", [(), ("-legacy",), ("-keypbe", "AES-128-CBC")])
def test_a_pkcs12_by_openssl_opens(vendor: Vendor, now: datetime, options: tuple[str, ...]) -> None:
    assert load(vendor.pkcs12(*options), vendor, now, PASSPHRASE) == vendor.chain


@pytest.mark.needs("openssl")
def test_a_pkcs12_is_known_by_its_bytes_and_not_by_its_name(vendor: Vendor, now: datetime) -> None:
    path = vendor.pkcs12().rename(vendor.folder / "named.pem")

    assert load(path, vendor, now, PASSPHRASE) == vendor.chain


def test_of_two_certificates_for_the_key_the_longer_lasting_counts(
    vendor: Vendor, now: datetime
) -> None:
    old = vendor.certificate(begin=now - timedelta(days=400), end=now - timedelta(days=35))
    path = vendor.pem(certificates=old + vendor.leaf)

    assert load(path, vendor, now) == vendor.chain


@pytest.mark.needs("openssl")
def test_a_signature_is_what_openssl_makes(
    vendor: Vendor, signer: SigningIdentity, csr_file: bytes
) -> None:
    key, data = vendor.pem(), vendor.file("csr.der", csr_file)

    signature = signer.sign(csr_file)

    openssl = subprocess.run(
        ["openssl", "dgst", "-sha256", "-sign", key, data], check=True, capture_output=True
    )
    assert signature == openssl.stdout


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("pkcs11:token=vendor?pin-value=314159", r"A file is needed here"),
        ("https://user:314159@vault/key", r"begins with https:, which is not supported"),
        ("/etc/vendor.pem", r"must be a URL\. Supported are file:///"),
        ("file://etc/vendor314159.pem", r"with three slashes"),
        ("file:vendor314159.pem", r"with three slashes"),
    ],
)
def test_other_places_are_refused_without_repeating_them(url: str, sentence: str) -> None:
    with pytest.raises(errors.InvalidIdentity, match=sentence) as refused:
        identity.path_of(url)

    assert "314159" not in str(refused.value)


def test_an_escaped_path_is_understood() -> None:
    path = Path("/srv/vendor's #1 %20.pem")

    assert identity.path_of(path.as_uri()) == path


def test_a_missing_file_is_named(vendor: Vendor, now: datetime) -> None:
    path = vendor.folder / "nowhere.pem"

    assert refusal(path, vendor, now).endswith(f"{path} cannot be read: No such file or directory.")


@pytest.mark.parametrize("content", [b"", b"hello", b"\x30\x03\x02\x01\x05"])
def test_a_file_that_is_neither_pem_nor_pkcs12_is_refused(
    vendor: Vendor, now: datetime, content: bytes
) -> None:
    assert "neither PEM nor PKCS#12" in refusal(vendor.file("x", content), vendor, now)


def test_a_huge_file_is_refused(vendor: Vendor, now: datetime) -> None:
    path = vendor.file("huge.pem", vendor.pem().read_bytes() + b"\n" * 70_000)

    assert "too large" in refusal(path, vendor, now)


def test_a_key_without_certificate_is_refused(vendor: Vendor, now: datetime) -> None:
    assert "but no certificate" in refusal(vendor.pem(certificates=""), vendor, now)


def test_a_certificate_without_key_is_refused(vendor: Vendor, now: datetime) -> None:
    path = vendor.file("leaf.pem", vendor.leaf)

    assert "holds no private keys; it must hold exactly one" in refusal(path, vendor, now)


@pytest.mark.needs("openssl")
def test_a_pkcs12_without_key_is_refused(vendor: Vendor, now: datetime) -> None:
    assert "holds no private key" in refusal(vendor.pkcs12("-nokeys"), vendor, now, PASSPHRASE)


def test_two_keys_are_refused(vendor: Vendor, now: datetime) -> None:
    path = vendor.file("two.pem", key_pem(vendor.key) + vendor.pem().read_text())

    assert "holds 2 private keys" in refusal(path, vendor, now)


def test_a_foreign_key_is_refused_by_the_certificates_names(
    vendor: Vendor, now: datetime, push_key: rsa.RSAPrivateKey
) -> None:
    path = vendor.file("foreign.pem", key_pem(push_key) + vendor.leaf)

    sentence = refusal(path, vendor, now)

    assert "belongs to none of the certificates beside it (MDM Vendor: Example" in sentence


def test_a_key_that_is_not_rsa_is_refused(vendor: Vendor, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    path = vendor.file("ec.pem", key_pem(key) + vendor.leaf)

    assert "The private key is not RSA" in refusal(path, vendor, now)


def test_a_damaged_key_is_refused(vendor: Vendor, now: datetime) -> None:
    text = vendor.pem().read_text()
    path = vendor.file("damaged.pem", text[:200] + text[260:])

    assert "The private key is damaged" in refusal(path, vendor, now)


def test_a_damaged_certificate_is_refused(vendor: Vendor, now: datetime) -> None:
    path = vendor.pem(certificates=vendor.leaf[:200] + vendor.leaf[260:])

    assert "certificate in this file is damaged" in refusal(path, vendor, now)


@pytest.mark.needs("openssl")
@pytest.mark.parametrize("form", ["pem", "pkcs12"])
@pytest.mark.parametrize(
    ("passphrase", "sentence"),
    [
        ("a wrong one", "The passphrase does not open"),
        (None, "Set SIGNING_IDENTITY_PASSPHRASE, or SIGNING_IDENTITY_PASSPHRASE_FILE."),
    ],
)
def test_a_wrong_or_missing_passphrase_is_told(
    vendor: Vendor, now: datetime, form: str, passphrase: str | None, sentence: str
) -> None:
    path = vendor.pem(passphrase=PASSPHRASE) if form == "pem" else vendor.pkcs12()

    found = refusal(path, vendor, now, passphrase)

    assert sentence in found
    assert "wrong one" not in found


def test_an_expired_certificate_is_refused(vendor: Vendor, now: datetime) -> None:
    leaf = vendor.certificate(end=now - timedelta(days=1))

    assert "expired on" in refusal(vendor.pem(certificates=leaf), vendor, now)


def test_a_certificate_of_tomorrow_is_refused(vendor: Vendor, now: datetime) -> None:
    leaf = vendor.certificate(begin=now + timedelta(days=1))

    assert "is not valid until" in refusal(vendor.pem(certificates=leaf), vendor, now)


def test_a_missing_intermediate_is_named(vendor: Vendor, now: datetime) -> None:
    path, bare = vendor.pem(certificates=vendor.leaf), Trust(vendor.trust.anchors)

    with pytest.raises(errors.InvalidIdentity, match=r"cannot be completed.*\(G3\) is not among"):
        identity.load(path.as_uri(), passphrase=None, trust=bare, now=now)


def test_a_chain_to_another_root_is_refused(vendor: Vendor, now: datetime) -> None:
    # The stand-in's certificates bear Apple's names: only the root's fingerprint differs.
    with pytest.raises(errors.InvalidIdentity, match="look-alike"):
        identity.load(vendor.pem().as_uri(), passphrase=None, trust=Trust.apple(), now=now)


@pytest.mark.needs("openssl")
def test_a_sha_1_certificate_is_refused(vendor: Vendor, now: datetime) -> None:
    path = vendor.pem(certificates=sha_1_certificate(vendor))

    assert "SHA-1" in refusal(path, vendor, now)


def test_a_push_certificate_is_no_vendor_certificate(vendor: Vendor, now: datetime) -> None:
    path = vendor.pem(certificates=vendor.push_certificate())

    assert "is a customer's push certificate" in refusal(path, vendor, now)


def test_a_key_that_nobody_can_look_at_is_tried(
    vendor: Vendor, signer: SigningIdentity, now: datetime, push_key: rsa.RSAPrivateKey
) -> None:
    stranger = file.FileIdentity(signer.chain, push_key)

    with pytest.raises(errors.InvalidIdentity, match="does not belong to the vendor certificate"):
        fitness.check(signer.chain, sign=stranger.sign, trust=vendor.trust, now=now)


def test_neither_key_nor_passphrase_shows(
    vendor: Vendor, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    path = vendor.pem(passphrase=PASSPHRASE)
    path.chmod(0o644)

    loaded = identity.load(path.as_uri(), passphrase=PASSPHRASE, trust=vendor.trust, now=now)
    contents = file.parse(path.read_bytes(), passphrase=PASSPHRASE)

    shown = f"{loaded!r} {contents!r} {caplog.text}"
    assert caplog.messages
    assert not re.search(r"PrivateKey|vendor_key", shown)
    assert PASSPHRASE not in shown
    assert str(vendor.key.private_numbers().p) not in shown


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_key_that_others_can_read_is_told_of(
    vendor: Vendor, now: datetime, mode: int, caplog: pytest.LogCaptureFixture
) -> None:
    path = vendor.pem()
    path.chmod(mode)

    load(path, vendor, now)

    assert f"can be read by others than its owner (mode {mode:04o})" in caplog.text


def test_a_key_for_its_owner_alone_is_not_remarked_on(
    vendor: Vendor, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    load(vendor.pem(), vendor, now)

    assert not caplog.text


def sha_1_certificate(vendor: Vendor) -> str:
    """By openssl: our own library refuses to sign with SHA-1."""
    ring, folder = vendor.apple.keyring, vendor.folder
    csr = x509.load_der_x509_csr(csr_der(vendor.key)).public_bytes(Encoding.PEM)
    vendor.file("v.csr", csr)
    vendor.file("ca.pem", key_pem(ring.wwdr.key) + ring.wwdr.pem)
    command = "openssl x509 -req -sha1 -in v.csr -CA ca.pem -CAkey ca.pem -days 30 -set_serial 7"
    made = subprocess.run(
        command.split(),
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return made.stdout
