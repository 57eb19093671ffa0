"""`apple_ca` takes what is pinned or what the pinned root issued, and nothing else."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import connection
from pytest_django import Settings

from onboarding import trust
from onboarding.models import AppleCertificate, Event
from onboarding.pki import apple, certificates
from pushportal.sandbox.authority import Authority
from tests.commands.terminal import Terminal
from tests.machine import SHARED
from tests.signing.vendor import Vendor

GENUINE = SHARED / "apple-ca"
AAI2, G4 = "Apple Application Integration 2 Certification Authority", "(G4)"


@pytest.fixture(autouse=True)
def apples_trust(settings: Settings, terminal: Terminal, db: None) -> None:
    settings.TRUST_ANCHORS = None


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, apple: Authority) -> Iterator[Path]:
    """A folder that stands in for Apple's address, and a table that pins one certificate there."""
    folder = tmp_path / "site"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        pin(monkeypatch, apple, url=f"http://127.0.0.1:{server.server_port}/ca.cer")
        yield folder
        server.shutdown()


def pin(monkeypatch: pytest.MonkeyPatch, authority: Authority, *, url: str) -> None:
    """The stand-in's push CA in place of the table's last row."""
    push_ca = authority.keyring.push_ca.certificate
    row = replace(apple_table()[-1], url=url, sha256=certificates.fingerprint(push_ca))
    monkeypatch.setattr(apple, "PINNED", (*apple_table()[:2], row))


def apple_table() -> tuple[apple.Pinned, ...]:
    return apple.PINNED


def serve(site: Path, certificate: x509.Certificate) -> None:
    (site / "ca.cer").write_bytes(certificate.public_bytes(Encoding.DER))


# fetch


def test_a_pinned_certificate_is_fetched_once(
    terminal: Terminal, site: Path, apple: Authority
) -> None:
    serve(site, apple.keyring.push_ca.certificate)

    first, second = (terminal.manage("apple_ca", "fetch") for _ in range(2))

    assert first.stdout == f"{AAI2} was added.\n"
    assert second.stdout == f"{AAI2} is there already.\n"
    assert bytes(AppleCertificate.objects.get().der) == (site / "ca.cer").read_bytes()
    assert apple.keyring.push_ca.certificate in trust.current().intermediates


def test_another_certificate_at_apples_address_is_refused(
    terminal: Terminal, site: Path, apple: Authority
) -> None:
    serve(site, apple.keyring.wwdr.certificate)

    ran = terminal.manage("apple_ca", "fetch")

    assert ran.returncode == 1
    assert "gave another certificate than the pinned" in ran.stderr
    assert not AppleCertificate.objects.exists()


def test_a_page_at_apples_address_is_refused(terminal: Terminal, site: Path) -> None:
    (site / "ca.cer").write_text("<html>Moved</html>")

    ran = terminal.manage("apple_ca", "fetch")

    assert ran.returncode == 1
    assert "did not give a certificate" in ran.stderr


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/ca.cer", "http://missing.invalid/ca.cer"])
def test_without_a_network_another_way_is_named(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, apple: Authority, url: str
) -> None:
    pin(monkeypatch, apple, url=url)

    ran = terminal.manage("apple_ca", "fetch")

    assert ran.returncode == 1
    assert "could not be reached" in ran.stderr
    assert "`manage.py apple_ca add FILE`" in ran.stderr


def test_a_missing_page_is_told(terminal: Terminal, site: Path) -> None:
    ran = terminal.manage("apple_ca", "fetch")

    assert ran.returncode == 1
    assert "127.0.0.1 could not be reached (File not found)" in ran.stderr


# add


@pytest.mark.needs("shared")
@pytest.mark.parametrize(
    ("file", "title"),
    [("AppleAAI2CA.pem", AAI2), ("AppleWWDRCAG4.pem", G4), ("AppleWWDRCAG5.pem", "(G5)")],
)
def test_apples_genuine_certificates_are_added(terminal: Terminal, file: str, title: str) -> None:
    ran = terminal.manage("apple_ca", "add", GENUINE / file)

    assert ran.returncode == 0, ran.stderr
    assert f"{title} was added." in ran.stdout
    event = Event.objects.get(verb="add_apple_certificate")
    (added,) = AppleCertificate.objects.all()
    assert event.facts["fingerprint_sha256"] == added.fingerprint_sha256
    assert added.fingerprint_sha256 in {row.sha256 for row in apple.PINNED}


@pytest.mark.needs("shared")
def test_several_are_added_from_one_file(terminal: Terminal, vendor: Vendor) -> None:
    files = sorted(GENUINE.glob("*.pem"))
    path = vendor.file("all.pem", b"".join(file.read_bytes() for file in files))

    ran = terminal.manage("apple_ca", "add", path)

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("is in the package already.") == 2
    assert AppleCertificate.objects.count() == 4


@pytest.mark.needs("shared")
def test_what_is_not_pinned_is_taken_when_apples_root_issued_it(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apple, "PINNED", apple.PINNED[:2])

    ran = terminal.manage("apple_ca", "add", GENUINE / "AppleAAI2CA.pem")

    assert ran.returncode == 0, ran.stderr
    assert AppleCertificate.objects.count() == 1


def test_a_look_alike_is_refused_by_its_name(
    terminal: Terminal, vendor: Vendor, apple: Authority
) -> None:
    path = vendor.file("push-ca.pem", apple.keyring.push_ca.pem)

    ran = terminal.manage("apple_ca", "add", path)

    assert ran.returncode == 1
    assert f"{AAI2} was not issued by Apple Root CA, the pinned root" in ran.stderr
    assert not AppleCertificate.objects.exists()


def test_one_stranger_in_a_file_refuses_the_file(
    terminal: Terminal, vendor: Vendor, apple: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin(monkeypatch, apple, url="")
    path = vendor.file("two.pem", apple.keyring.push_ca.pem + apple.keyring.wwdr.pem)

    ran = terminal.manage("apple_ca", "add", path)

    assert ran.returncode == 1
    assert not AppleCertificate.objects.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"hello", "no certificate in this file"), (b"x" * 70_000, "larger than 64 KB")],
)
def test_what_is_no_certificate_is_told(
    terminal: Terminal, vendor: Vendor, content: bytes, sentence: str
) -> None:
    ran = terminal.manage("apple_ca", "add", vendor.file("odd.pem", content))

    assert ran.returncode == 1
    assert sentence in ran.stderr


def test_a_missing_file_is_named(terminal: Terminal) -> None:
    ran = terminal.manage("apple_ca", "add", "nowhere.pem")

    assert ran.returncode == 1
    assert "nowhere.pem cannot be read" in ran.stderr


# list


def test_the_list_tells_what_is_missing_and_what_for(terminal: Terminal) -> None:
    ran = terminal.manage("apple_ca", "list")

    assert "packaged  Apple Root CA, until 2035-02-09" in ran.stdout
    assert "packaged  Apple Worldwide Developer Relations" in ran.stdout
    assert (
        "missing   Apple Application Integration 2 CA: issues MDM push certificates" in ran.stdout
    )


@pytest.mark.needs("shared")
def test_the_list_tells_what_was_added_and_what_has_expired(terminal: Terminal) -> None:
    for file in ("AppleAAI2CA.pem", "AppleWWDRCA.pem"):
        terminal.manage("apple_ca", "add", GENUINE / file)

    ran = terminal.manage("apple_ca", "list")

    assert f"added     {AAI2}, until 2028-05-24: issues MDM push" in ran.stdout
    assert "until 2023-02-07, EXPIRED: expired in 2023" in ran.stdout
    assert "missing   Apple Application" not in ran.stdout


def test_replaced_anchors_are_told(
    terminal: Terminal, settings: Settings, apple: Authority
) -> None:
    settings.TRUST_ANCHORS = apple.anchors_pem

    ran = terminal.manage("apple_ca", "list")

    assert ran.stdout.startswith("TRUST_ANCHORS is set and replaces Apple's certificates")


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_not_there_is_told_in_a_sentence(terminal: Terminal) -> None:
    table = AppleCertificate._meta.db_table
    with connection.schema_editor() as editor:
        editor.alter_db_table(AppleCertificate, table, "moved_away")
    try:
        ran = terminal.manage("apple_ca", "list")
    finally:
        with connection.schema_editor() as editor:
            editor.alter_db_table(AppleCertificate, "moved_away", table)

    assert ran.returncode == 1
    assert "The database cannot be used" in ran.stderr
    assert "manage.py migrate" in ran.stderr
