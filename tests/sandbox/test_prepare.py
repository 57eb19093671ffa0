"""The authority is made once, whole, and for its owner only."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.test import override_settings

from pushportal.sandbox import keyring
from pushportal.sandbox.authority import Authority

ROOT = Path(__file__).resolve().parents[2]
PREPARE = (
    "import sys; from pathlib import Path; from datetime import UTC, datetime; "
    "from pushportal.sandbox.authority import Authority; "
    "print(Authority.prepare(Path(sys.argv[1]), now=datetime.now(UTC)).anchors_pem)"
)


def _preparing(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PREPARE, str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_everything_is_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "sandbox"
    folder.mkdir(mode=0o755)

    Authority.prepare(folder, now=datetime.now(UTC))

    found = [folder, *folder.rglob("*")]
    assert len([path for path in found if path.is_file()]) == 6
    assert {_mode(path) for path in found if path.is_file()} == {0o600}
    assert {_mode(path) for path in found if path.is_dir()} == {0o700}


def test_a_second_prepare_changes_nothing(tmp_path: Path) -> None:
    Authority.prepare(tmp_path, now=datetime.now(UTC))
    first = {path: path.read_bytes() for path in tmp_path.rglob("*.pem")}

    Authority.prepare(tmp_path, now=datetime.now(UTC) + timedelta(days=400))

    assert {path: path.read_bytes() for path in tmp_path.rglob("*.pem")} == first


def test_processes_that_prepare_at_once_agree(tmp_path: Path) -> None:
    processes = [_preparing(tmp_path / "sandbox") for _ in range(4)]

    answers = {process.communicate(timeout=60)[0] for process in processes}

    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert answers == {(tmp_path / "sandbox" / "anchors.pem").read_text() + "\n"}
    assert not list((tmp_path / "sandbox").glob(".making-*"))


@pytest.mark.parametrize("after", [0.25, 0.35, 0.45, 0.6])
def test_a_kill_half_way_does_no_harm(tmp_path: Path, after: float) -> None:
    killed = _preparing(tmp_path / "sandbox")
    time.sleep(after)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()

    authority = Authority.prepare(tmp_path / "sandbox", now=datetime.now(UTC))

    assert authority.anchors.read_text() == authority.anchors_pem
    assert authority.vendor_identity.read_text().count("BEGIN CERTIFICATE") == 3


def test_what_a_killed_process_left_out_is_written_later(tmp_path: Path) -> None:
    made = Authority.prepare(tmp_path, now=datetime.now(UTC))
    made.anchors.unlink()
    made.vendor_identity.write_text("-----BEGIN PRIV")

    reopened = Authority.prepare(tmp_path, now=datetime.now(UTC))

    assert reopened.anchors.read_text() == made.anchors_pem
    assert reopened.vendor_identity.read_text() == made.identity_pem(made.keyring.vendor)


def test_a_full_disk_is_reported_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pushportal.sandbox.files.os.fsync", full)

    with pytest.raises(OSError, match="No space"):
        keyring.prepare(tmp_path / "authority", vendor="Example", now=datetime.now(UTC))

    assert list(tmp_path.iterdir()) == []


def test_the_vendor_identity_is_key_leaf_wwdr_and_root(apple: Authority) -> None:
    pem = apple.vendor_identity.read_bytes()

    key = load_pem_private_key(pem, password=None)
    names = [certificate.subject.rfc4514_string() for certificate in _certificates(pem)]

    assert key.public_key() == _certificates(pem)[0].public_key()
    assert [name.split("CN=")[1].split(",")[0] for name in names] == [
        "MDM Vendor: Example MDM GmbH & Co. KG",
        "Apple Worldwide Developer Relations Certification Authority",
        "Apple Root CA",
    ]


def test_the_anchors_are_root_wwdr_and_push_ca(apple: Authority) -> None:
    root, wwdr, push_ca = _certificates(apple.anchors.read_bytes())

    assert root.issuer == root.subject == wwdr.issuer == push_ca.issuer
    assert "Integration 2" in push_ca.subject.rfc4514_string()


def _certificates(pem: bytes) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(pem)


@pytest.mark.django_db
def test_the_command_prepares_in_var(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with override_settings(VAR_DIR=tmp_path):
        call_command("sandbox", "prepare")
        first = (tmp_path / "sandbox" / "accounts.json").read_bytes()
        call_command("sandbox", "prepare")

    accounts = tmp_path / "sandbox" / "accounts.json"
    assert (tmp_path / "sandbox" / "anchors.pem").exists()
    assert accounts.read_bytes() == first
    assert accounts.stat().st_mode & 0o777 == 0o600
    for one in json.loads(first):
        assert authenticate(email=one["email"], password=one["password"])
    assert str(tmp_path / "sandbox") in capsys.readouterr().out
