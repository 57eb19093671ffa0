"""`signing`: the files that it writes and reads, and what leaves none behind."""

import json
import stat
import sys
from collections.abc import Callable

import pytest
from pytest_django import Settings

from onboarding import errors
from onboarding.models import CSR
from signing.sign import Bench, SignedRequest
from tests.commands.terminal import ROOT, Ran, Terminal
from tests.signing.vendor import PASSPHRASE, Vendor


def test_both_files_are_for_their_owner_alone_and_hold_no_secret(
    three: list[CSR], carry: Callable[[], Ran], terminal: Terminal, vendor: Vendor
) -> None:
    carry()

    for name in ("out", "back"):
        path = terminal.folder / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert "PRIVATE" not in path.read_text()
        assert PASSPHRASE not in path.read_text()
    assert not list(terminal.folder.glob(".*.part"))


def test_nothing_is_overwritten_unless_forced(
    three: list[CSR], terminal: Terminal, offline: Terminal, vendor: Vendor
) -> None:
    precious = vendor.file("out", "precious")

    ran = terminal.manage("signing", "export", "-o", "out")

    assert ran.returncode == 1
    assert "out is there already and is not overwritten" in ran.stderr
    assert precious.read_text() == "precious"
    assert terminal.manage("signing", "export", "-o", "out", "--force").returncode == 0
    vendor.file("back", "precious")
    again = offline.start("signing", "sign", "out", "-o", "back", "--yes")
    assert "back is there already" in again.stderr
    assert offline.start("signing", "sign", "out", "-o", "back", "--yes", "--force").returncode == 0


@pytest.mark.parametrize("verb", ["export -o out", "sign missing -o out --yes"])
def test_a_place_that_is_taken_is_told_before_any_work(
    db: None, terminal: Terminal, vendor: Vendor, verb: str
) -> None:
    vendor.file("out", "precious")

    ran = terminal.manage("signing", *verb.split())

    assert ran.returncode == 1
    assert "out is there already" in ran.stderr


def test_force_goes_through_no_link(three: list[CSR], terminal: Terminal, vendor: Vendor) -> None:
    precious = vendor.file("precious", "precious")
    (terminal.folder / "out").symlink_to(precious)

    ran = terminal.manage("signing", "export", "-o", "out", "--force")

    assert ran.returncode == 1
    assert precious.read_text() == "precious"


def test_a_place_that_cannot_be_written_is_named(three: list[CSR], terminal: Terminal) -> None:
    ran = terminal.manage("signing", "export", "-o", "missing/out")

    assert ran.returncode == 1
    assert "missing/out cannot be written: No such file or directory." in ran.stderr


@pytest.mark.parametrize(
    ("verb", "sentence"),
    [
        ("sign out -o back --yes", "out: The file is torn"),
        ("sign missing -o back --yes", "missing cannot be read: No such file or directory."),
        ("sign . -o back --yes", "cannot be read: Is a directory."),
        ("import out", "out: This is an export: its CSRs are not signed yet."),
    ],
)
def test_a_wrong_file_is_told_in_a_sentence(
    three: list[CSR], terminal: Terminal, verb: str, sentence: str
) -> None:
    terminal.manage("signing", "export", "-o", "out")
    path = terminal.folder / "out"
    path.write_bytes(path.read_bytes()[:-20])

    ran = terminal.manage("signing", *verb.split())

    assert ran.returncode == 1
    assert sentence in ran.stderr
    assert not (terminal.folder / "back").exists()


def test_a_pipe_is_no_file(offline: Terminal) -> None:
    ran = offline.bash(
        f"cat /dev/null | {sys.executable} {ROOT}/manage.py signing import /dev/stdin"
    )

    assert ran.returncode == 1
    assert "is no file but a pipe" in ran.stderr


def test_an_unfit_identity_writes_nothing(three: list[CSR], terminal: Terminal) -> None:
    terminal.manage("signing", "export", "-o", "out")

    ran = terminal.start("signing", "sign", "out", "-o", "back", "--yes")

    assert ran.returncode == 1
    assert "SIGNING_IDENTITY is not set" in ran.stderr
    assert not (terminal.folder / "back").exists()


def test_an_identity_that_fails_half_way_writes_nothing(
    three: list[CSR],
    terminal: Terminal,
    offline: Terminal,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.SIGNING_IDENTITY = offline.environment["SIGNING_IDENTITY"]
    settings.SIGNING_IDENTITY_PASSPHRASE = PASSPHRASE
    terminal.manage("signing", "export", "-o", "out")
    tried: list[bytes] = []

    def pulled_out(bench: Bench, csr_der: bytes) -> SignedRequest:
        tried.append(csr_der)
        if len(tried) == 2:
            raise errors.InvalidIdentity("The token was pulled out.")
        return really(bench, csr_der)

    really = Bench.sign
    monkeypatch.setattr(Bench, "sign", pulled_out)

    ran = terminal.manage("signing", "sign", "out", "-o", "back", "--yes")

    assert ran.returncode == 1
    assert "The token was pulled out." in ran.stderr
    assert len(tried) == 2
    assert not list(terminal.folder.glob("*back*"))


def test_what_nobody_foresaw_leaves_out_one_csr(
    three: list[CSR],
    terminal: Terminal,
    offline: Terminal,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.SIGNING_IDENTITY = offline.environment["SIGNING_IDENTITY"]
    settings.SIGNING_IDENTITY_PASSPHRASE = PASSPHRASE
    terminal.manage("signing", "export", "-o", "out")

    def stumble(bench: Bench, csr_der: bytes) -> SignedRequest:
        if csr_der == three[0].der:
            raise ZeroDivisionError
        return really(bench, csr_der)

    really = Bench.sign
    monkeypatch.setattr(Bench, "sign", stumble)

    ran = terminal.manage("signing", "sign", "out", "-o", "back", "--yes")

    assert ran.returncode == 1
    assert "1 CSR could not be tried" in ran.stderr
    assert "2 CSRs signed" in ran.stdout


def test_only_the_oldest_go_out_with_a_limit(three: list[CSR], terminal: Terminal) -> None:
    ran = terminal.manage("signing", "export", "-o", "out", "--limit", "2")

    assert "2 CSRs" in ran.stdout
    lines = (terminal.folder / "out").read_text().splitlines()[1:-1]
    assert [json.loads(line)["id"] for line in lines] == [str(csr.pk) for csr in three[:2]]


@pytest.mark.parametrize("limit", ["0", "-1", "two"])
def test_a_limit_is_a_whole_number(offline: Terminal, limit: str) -> None:
    ran = offline.start("signing", "export", "-o", "out", f"--limit={limit}")

    assert ran.returncode == 2
    assert "is no whole number from 1" in ran.stderr


def test_only_what_is_approved_goes_out(submitted: CSR, terminal: Terminal) -> None:
    ran = terminal.manage("signing", "export", "-o", "out")

    assert ran.returncode == 0
    assert "nothing was written" in ran.stdout
    assert not (terminal.folder / "out").exists()


def test_a_missing_database_is_told_in_a_sentence(offline: Terminal) -> None:
    ran = offline.start("signing", "export", "-o", "out")

    assert ran.returncode == 1
    assert "The database cannot be used" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not list(offline.folder.glob("*out*"))
