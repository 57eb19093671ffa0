"""`push_request verify` tells of any signed request, whoever made it."""

import base64
import plistlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytest_django import Settings

from signing import identity
from signing.sign import sign
from tests.commands.terminal import Terminal
from tests.signing.vendor import Vendor, csr_der


@pytest.fixture
def content(vendor: Vendor, csr_file: bytes) -> bytes:
    now = datetime.now(UTC)
    signer = identity.load(vendor.pem().as_uri(), passphrase=None, trust=vendor.trust, now=now)
    return sign(csr_file, identity=signer, trust=vendor.trust, now=now).content


@pytest.fixture
def made(vendor: Vendor, content: bytes) -> Path:
    return vendor.file("request.plist.b64", content)


def test_a_good_request_passes_every_check(terminal: Terminal, made: Path) -> None:
    ran = terminal.manage("push_request", "verify", made)

    assert ran.returncode == 0, ran.stdout
    assert ran.stdout.count("\nok ") >= 10
    assert "FAILED" not in ran.stdout
    assert ran.stdout.endswith("Under the root of TRUST_ANCHORS this request would be taken.\n")
    assert "TRUST_ANCHORS is set" in ran.stdout


def test_the_csr_that_should_be_in_it_is_compared(
    terminal: Terminal, vendor: Vendor, made: Path, csr_file: bytes
) -> None:
    ran = terminal.manage("push_request", "verify", made, "--csr", vendor.file("c.der", csr_file))

    assert ran.returncode == 0, ran.stdout
    assert "ok      CSR: the one given" in ran.stdout


def test_another_csr_is_told(terminal: Terminal, vendor: Vendor, made: Path) -> None:
    other = vendor.file("other.der", csr_der(vendor.key))

    ran = terminal.manage("push_request", "verify", made, "--csr", other)

    assert ran.returncode == 1
    assert "FAILED  CSR: the one given" in ran.stdout
    assert "1 check(s) FAILED" in ran.stderr


def test_each_check_has_its_result(terminal: Terminal, vendor: Vendor, content: bytes) -> None:
    plist = plistlib.loads(base64.b64decode(content))
    plist["PushCertSignature"] = base64.b64encode(bytes(256)).decode()
    path = vendor.file("damaged", base64.b64encode(plistlib.dumps(plist)))

    ran = terminal.manage("push_request", "verify", path)

    assert ran.returncode == 1
    assert "FAILED  signature" in ran.stdout
    assert "ok      chain: dates" in ran.stdout
    assert "Apple would take" not in ran.stdout


def test_apples_root_is_demanded_where_no_anchors_are_set(
    terminal: Terminal, made: Path, settings: Settings
) -> None:
    settings.TRUST_ANCHORS = None

    ran = terminal.manage("push_request", "verify", made)

    assert ran.returncode == 1
    assert "The root is a look-alike" in ran.stdout
    assert "TRUST_ANCHORS" not in ran.stdout


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(b"", "The file is empty,"), (b"x" * 70_000, "larger than 64 KB"), (b"hi", "This is text")],
)
def test_what_is_no_request_is_told(
    terminal: Terminal, vendor: Vendor, data: bytes, sentence: str
) -> None:
    ran = terminal.manage("push_request", "verify", vendor.file("odd", data))

    assert ran.returncode == 1
    assert sentence in ran.stdout


def test_a_raw_csr_is_told(terminal: Terminal, vendor: Vendor, csr_file: bytes) -> None:
    ran = terminal.manage("push_request", "verify", vendor.file("raw.der", csr_file))

    assert ran.returncode == 1
    assert "This is a CSR. Apple takes it only when the vendor has signed it." in ran.stdout


def test_a_missing_file_is_named(terminal: Terminal) -> None:
    ran = terminal.manage("push_request", "verify", "nowhere")

    assert ran.returncode == 1
    assert "nowhere cannot be read: No such file or directory." in ran.stderr


def test_unreadable_anchors_are_told_in_a_sentence(
    terminal: Terminal, made: Path, settings: Settings
) -> None:
    settings.TRUST_ANCHORS = "/nowhere/anchors.pem"

    ran = terminal.manage("push_request", "verify", made)

    assert ran.returncode == 1
    assert "TRUST_ANCHORS names /nowhere/anchors.pem" in ran.stderr
