"""ZIPs and folders, hostile ones too: nothing leads out of them, and no key is kept."""

import stat
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from onboarding import errors
from onboarding.importing import folder
from onboarding.models import PushCertificate
from onboarding.pki import pem

LABEL = "RSA PRIVATE KEY"
KEY = f"-----BEGIN {LABEL}-----\nMIIBsecret\n-----END {LABEL}-----\n".encode()


def zipped(**files: bytes) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


@pytest.fixture
def certificate(active: PushCertificate) -> bytes:
    return pem.encode("CERTIFICATE", bytes(active.der)).encode()


def test_certificates_are_found_in_nested_folders(certificate: bytes) -> None:
    found = folder.of_zip(zipped(**{"a/b/acme.pem": certificate}))

    assert found.named("acme.pem") == found.named("a/b/acme.pem") == ["a/b/acme.pem"]


def test_a_private_key_is_named_and_not_kept(certificate: bytes) -> None:
    found = folder.of_zip(zipped(**{"push.key": KEY, "both.pem": certificate + KEY}))

    assert not found.certificates
    assert "private key" in found.refused["push.key"]
    assert "private key" in found.refused["both.pem"]
    assert "secret" not in repr(found)


@pytest.mark.parametrize("name", ["../acme.pem", "/etc/acme.pem", "a/../../b.pem", "C:\\a.pem"])
def test_no_path_leads_out(name: str, certificate: bytes) -> None:
    found = folder.of_zip(zipped(**{name: certificate}))

    assert not found.certificates
    assert "leads out" in next(iter(found.refused.values()))


def test_a_link_is_not_followed(certificate: bytes) -> None:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        link = zipfile.ZipInfo("acme.pem")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")

    assert "a link" in folder.of_zip(content.getvalue()).refused["acme.pem"]


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "BYTES", 100_000)

    with pytest.raises(errors.InvalidImport, match="unpacks to more"):
        folder.of_zip(zipped(a=b"\0" * 50_000_000, b=b"\0" * 50_000_000))


def test_too_many_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "FILES", 1)

    with pytest.raises(errors.InvalidImport, match="2 files"):
        folder.of_zip(zipped(a=b"", b=b""))


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x03\x04 torn"])
def test_what_is_no_zip_is_refused(data: bytes) -> None:
    with pytest.raises(errors.InvalidImport, match="ZIP"):
        folder.of_zip(data)


def test_a_torn_zip_is_refused(certificate: bytes) -> None:
    whole = bytearray(zipped(**{"acme.pem": certificate}))
    whole[60:90] = b"\xff" * 30

    with pytest.raises(errors.InvalidImport):
        folder.of_zip(bytes(whole))


def test_a_folders_links_are_named(tmp_path: Path, certificate: bytes) -> None:
    given = tmp_path / "given"
    (given / "in").mkdir(parents=True)
    (given / "in" / "acme.pem").write_bytes(certificate)
    (given / "link.pem").symlink_to("/etc/passwd")
    (given / "folder").symlink_to("/etc")

    found = folder.of_path(given)

    assert list(found.certificates) == ["in/acme.pem"]
    assert set(found.refused) == {"link.pem", "folder"}
