"""What a script sees of each command: its exit status, and never a traceback."""

from pathlib import Path

import pytest

from tests import apart
from tests.commands.terminal import Terminal
from tests.signing.vendor import Vendor


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("vendor_identity check --identity identity.pem", 0),
        ("vendor_identity check --identity nowhere.pem", 1),
        ("vendor_identity frobnicate", 2),
        ("sign_csr acme.der --identity identity.pem", 0),
        ("sign_csr identity.pem --identity identity.pem", 1),
        ("push_request verify acme.der", 1),
        ("push_request verify", 2),
        ("custody new secrets", 0),
        ("custody new identity.pem/x", 1),
        ("apple_ca list", 1),
    ],
)
def test_the_exit_status_tells_what_became_of_it(
    terminal: Terminal, vendor: Vendor, csr_file: bytes, line: str, status: int
) -> None:
    vendor.pem()
    vendor.file("acme.der", csr_file)

    ran = terminal.start(*line.split())

    assert ran.returncode == status, ran.stderr
    assert "Traceback" not in ran.stderr
    assert ran.stderr.strip() if status else True


def test_a_good_request_ends_well_without_any_database(
    terminal: Terminal, vendor: Vendor, csr_file: bytes
) -> None:
    vendor.pem()
    vendor.file("acme.der", csr_file)
    terminal.start("sign_csr", "acme.der", "--identity", "identity.pem")

    ran = terminal.start("push_request", "verify", "acme.plist.b64", "--csr", "acme.der")

    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("line", ["audit verify", "verify_store", "frobnicate"])
def test_a_wrong_setting_is_not_taken_for_what_a_command_finds(tmp_path: Path, line: str) -> None:
    ran = apart.ran(
        "manage.py",
        *line.split(),
        VAR_DIR=str(tmp_path),
        DJANGO_SETTINGS_MODULE="pushportal.settings.worker",
    )

    assert ran.returncode == 2
    assert "SECRET_KEY" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_djangos_own_check_asks_for_the_identity(terminal: Terminal) -> None:
    ran = terminal.start("check")

    assert ran.returncode == 1
    assert "(signing.E001) SIGNING_IDENTITY is not set" in ran.stderr
