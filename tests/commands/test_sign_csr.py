"""`sign_csr`: one file, signed offline."""

import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pytest_django import Settings

from onboarding.pki import push_request
from tests.commands.terminal import Terminal
from tests.signing.vendor import PASSPHRASE, Vendor, csr_der, key_pem


@pytest.fixture(autouse=True)
def identity(settings: Settings, vendor: Vendor, terminal: Terminal) -> None:
    settings.SIGNING_IDENTITY = vendor.pem(passphrase=PASSPHRASE).as_uri()
    settings.SIGNING_IDENTITY_PASSPHRASE = PASSPHRASE


@pytest.fixture
def csr(vendor: Vendor, csr_file: bytes) -> Path:
    pem = x509.load_der_x509_csr(csr_file).public_bytes(Encoding.PEM)
    return vendor.file("acme.csr", pem)


@pytest.mark.needs("openssl")
def test_the_signed_request_is_written_beside_the_csr(
    terminal: Terminal, vendor: Vendor, csr: Path, csr_file: bytes
) -> None:
    ran = terminal.manage("sign_csr", csr)

    assert ran.returncode == 0, ran.stderr
    path = vendor.folder / "acme.plist.b64"
    assert stat.S_IMODE(path.stat().st_mode) & 0o600 == 0o600
    assert vendor.apple.check(path.read_bytes(), now=datetime.now(UTC)).is_signature_valid
    openssl = subprocess.run(
        ["openssl", "dgst", "-sha256", "-sign", vendor.pem()],
        input=csr_file,
        check=True,
        capture_output=True,
    )
    assert push_request.decode(path.read_bytes()).signature == openssl.stdout
    assert str(path) in ran.stdout
    assert PASSPHRASE not in ran.stdout + ran.stderr


def test_of_several_identities_the_newest_that_is_fit_signs(
    terminal: Terminal, vendor: Vendor, csr: Path, settings: Settings
) -> None:
    now = datetime.now(UTC)
    uppers = vendor.chain.removeprefix(vendor.leaf)
    ended = vendor.certificate(begin=now - timedelta(days=9), end=now - timedelta(days=1))
    files = [
        vendor.pem(passphrase=PASSPHRASE),
        vendor.file("ended.pem", key_pem(vendor.key) + ended + uppers),
    ]
    settings.SIGNING_IDENTITY = " ".join(file.as_uri() for file in files)
    settings.SIGNING_IDENTITY_PASSPHRASE = f"{PASSPHRASE}\n\n"

    ran = terminal.manage("sign_csr", csr)

    assert ran.returncode == 0, ran.stderr
    signed = (vendor.folder / "acme.plist.b64").read_bytes()
    assert vendor.apple.check(signed, now=now).is_signature_valid


def test_der_is_taken_as_well(terminal: Terminal, vendor: Vendor, csr_file: bytes) -> None:
    ran = terminal.manage("sign_csr", vendor.file("acme.der", csr_file), "-o", "out")

    assert ran.returncode == 0, ran.stderr
    assert vendor.apple.check((vendor.folder / "out").read_bytes(), now=datetime.now(UTC))


def test_standard_output_holds_the_file_and_nothing_else(
    terminal: Terminal, vendor: Vendor, csr: Path
) -> None:
    terminal.manage("sign_csr", csr)

    ran = terminal.manage("sign_csr", csr, "-o", "-")

    assert ran.stdout == (vendor.folder / "acme.plist.b64").read_text()
    assert "TRUST_ANCHORS is set" in ran.stderr


@pytest.mark.needs("openssl")
def test_another_identity_can_be_named(
    terminal: Terminal, vendor: Vendor, csr: Path, settings: Settings
) -> None:
    settings.SIGNING_IDENTITY = "pkcs11:unused"
    secret = vendor.file("passphrase.txt", PASSPHRASE)

    ran = terminal.manage(
        "sign_csr", csr, "--identity", vendor.pkcs12(), "--passphrase-file", secret
    )

    assert ran.returncode == 0, ran.stderr


def test_nothing_is_overwritten(terminal: Terminal, vendor: Vendor, csr: Path) -> None:
    precious = vendor.file("acme.plist.b64", "precious")

    ran = terminal.manage("sign_csr", csr)

    assert ran.returncode == 1
    assert "is there already and is not overwritten" in ran.stderr
    assert precious.read_text() == "precious"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty,"),
        (b"hello", "This is text, but no PEM"),
        (b"x" * 70_000, "larger than 64 KB, so it is not the file wanted here"),
    ],
)
def test_what_is_no_csr_is_refused(
    terminal: Terminal, vendor: Vendor, content: bytes, sentence: str
) -> None:
    ran = terminal.manage("sign_csr", vendor.file("odd.csr", content))

    assert ran.returncode == 1
    assert sentence in ran.stderr
    assert not (vendor.folder / "odd.plist.b64").exists()


def test_a_private_key_is_refused_without_calling_it_exposed(
    terminal: Terminal, vendor: Vendor
) -> None:
    ran = terminal.manage("sign_csr", vendor.file("key.pem", key_pem(vendor.key)))

    assert ran.returncode == 1
    assert "This file holds a private key, so it is no CSR." in ran.stderr


def test_the_vendors_own_key_is_refused(terminal: Terminal, vendor: Vendor) -> None:
    ran = terminal.manage("sign_csr", vendor.file("own.csr", csr_der(vendor.key)))

    assert ran.returncode == 1
    assert "the vendor's own key" in ran.stderr


def test_an_unfit_identity_signs_nothing(terminal: Terminal, csr: Path, settings: Settings) -> None:
    settings.TRUST_ANCHORS = None

    ran = terminal.manage("sign_csr", csr)

    assert ran.returncode == 1
    assert "cannot be completed" in ran.stderr


def test_unreadable_anchors_are_told_in_a_sentence(
    terminal: Terminal, csr: Path, settings: Settings
) -> None:
    settings.TRUST_ANCHORS = "/nowhere/anchors.pem"

    ran = terminal.manage("sign_csr", csr)

    assert ran.returncode == 1
    assert "TRUST_ANCHORS names /nowhere/anchors.pem" in ran.stderr


def test_a_missing_csr_is_named(terminal: Terminal) -> None:
    ran = terminal.manage("sign_csr", "nowhere.csr")

    assert ran.returncode == 1
    assert "nowhere.csr cannot be read: No such file or directory." in ran.stderr


def test_a_place_that_cannot_be_written_is_named(terminal: Terminal, csr: Path) -> None:
    ran = terminal.manage("sign_csr", csr, "-o", "missing/out")

    assert ran.returncode == 1
    assert "missing/out cannot be written: No such file or directory." in ran.stderr
