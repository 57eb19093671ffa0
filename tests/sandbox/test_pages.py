"""The stand-in's pages, as Ada and as Eve, who has another Apple Account."""

import re
from datetime import datetime
from typing import Protocol
from urllib.parse import unquote

import pytest
from cryptography import x509
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from pushportal.sandbox.authority import Authority
from pushportal.sandbox.records import Issued
from tests.sandbox.signed import SignedRequest

ADA = "ada@acme.example"


def _file(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("signed request.b64", data)


@pytest.fixture
def row(apple: Authority, signed: SignedRequest, now: datetime) -> Issued:
    return apple.create(signed.encode(), account=ADA, now=now, notes="Head office")


class Answer(Protocol):
    @property
    def content(self) -> bytes: ...


def _text(response: Answer) -> str:
    return response.content.decode()


def test_who_is_not_signed_in_is_asked_to(pages: None, row: Issued) -> None:
    stranger = Client()

    for path in ("/", "/create", f"/certificates/{row.number}/download"):
        assert stranger.get(path)["Location"] == "/sign-in"


def test_signing_in_asks_for_no_password(pages: None) -> None:
    page = _text(Client().get("/sign-in"))

    assert "No password is asked" in page
    assert 'type="password"' not in page


def test_an_account_must_be_an_address(pages: None) -> None:
    response = Client().post("/sign-in", {"account": "ada"})

    assert "name@example.com" in _text(response)
    assert 'value="ada"' in _text(response)


def test_signing_out_ends_the_session(ada: Client) -> None:
    ada.post("/sign-out")

    assert ada.get("/")["Location"] == "/sign-in"


def test_signing_out_takes_a_post(ada: Client) -> None:
    assert ada.get("/sign-out").status_code == 405


def test_ada_creates_a_certificate_and_downloads_it(
    ada: Client, apple: Authority, signed: SignedRequest
) -> None:
    form = {"terms": "on", "notes": "Head office", "signed_request": _file(signed.encode())}

    confirmation = ada.post("/create", form, follow=True)

    (made,) = apple.issued(ADA)
    download = ada.get(f"/certificates/{made.number}/download")
    assert confirmation.redirect_chain == [(f"/certificates/{made.number}/issued", 302)]
    assert f"/certificates/{made.number}/download" in _text(confirmation)
    assert made.topic in _text(confirmation)
    assert download.content == made.pem
    x509.load_pem_x509_certificate(download.content)
    assert download["Content-Disposition"] == (
        'attachment; filename="MDM_ Example MDM GmbH & Co. KG_Certificate.pem"'
    )


def test_a_vendor_with_an_umlaut_keeps_it_in_the_file_name(
    ada: Client, apple: Authority, row: Issued
) -> None:
    record = apple.folder / "issued" / f"{row.topic}.json"
    record.write_text(record.read_text().replace("MDM_ Example", "MDM_ Ger\\u00e4te"))

    header = ada.get(f"/certificates/{row.number}/download")["Content-Disposition"]

    assert unquote(header).startswith("attachment; filename*=utf-8''MDM_ Geräte MDM")


def test_ada_renews_in_her_row(
    ada: Client, apple: Authority, row: Issued, signed: SignedRequest
) -> None:
    path = f"/certificates/{row.number}/renew"
    assert row.topic in _text(ada.get(path))

    ada.post(path, {"notes": "Second year", "signed_request": _file(signed.encode())})

    (renewed,) = apple.issued(ADA)
    assert (renewed.topic, renewed.notes) == (row.topic, "Second year")
    assert renewed.serial != row.serial


def test_the_list_shows_each_certificate(ada: Client, row: Issued) -> None:
    page = _text(ada.get("/"))

    assert "Certificates for Third-Party Servers" in page
    for text in (
        row.topic,
        row.serial,
        "Example MDM GmbH &amp; Co. KG",
        "Mobile Device Management",
        f"{row.not_after:%b %Y}",
        "Active",
        "Head office",
    ):
        assert text in page
    for action in ("renew", "download", "revoke"):
        assert f'href="/certificates/{row.number}/{action}"' in page


def test_an_empty_list_asks_whether_the_account_is_the_right_one(ada: Client) -> None:
    assert "another account than the one that made it" in _text(ada.get("/"))


@pytest.mark.parametrize("action", ["renew", "issued", "download", "revoke"])
def test_eve_finds_nothing_of_adas(action: str, eve: Client, row: Issued) -> None:
    response = eve.get(f"/certificates/{row.number}/{action}")

    assert response.status_code == 404
    assert row.topic not in _text(response)
    assert "BEGIN CERTIFICATE" not in _text(response)


def test_eve_sees_no_row_of_adas(eve: Client, row: Issued) -> None:
    assert row.number not in _text(eve.get("/"))


def test_eve_can_neither_renew_nor_revoke(
    eve: Client, apple: Authority, row: Issued, signed: SignedRequest
) -> None:
    path = f"/certificates/{row.number}"

    renewal = eve.post(f"{path}/renew", {"signed_request": _file(signed.encode())})
    revocation = eve.post(f"{path}/revoke")

    assert (renewal.status_code, revocation.status_code) == (404, 404)
    assert apple.issued(ADA) == [row]


def test_a_refusal_shows_apples_sentence_and_keeps_notes_and_consent(
    ada: Client, apple: Authority
) -> None:
    form = {"terms": "on", "notes": "Keep <me>", "signed_request": _file(b"-----BEGIN CERT")}

    page = _text(ada.post("/create", form))

    assert "Invalid Certificate Signing Request" in page
    assert "in the correct format and not empty" in page
    assert "Keep &lt;me&gt;" in page
    assert re.search(r'name="terms"[^>]*checked', page)
    assert apple.issued(ADA) == []


def test_a_refused_renewal_keeps_the_notes_too(
    ada: Client, row: Issued, signed: SignedRequest
) -> None:
    signed.csr = signed.csr[::-1]
    form = {"notes": "New words", "signed_request": _file(signed.encode())}

    page = _text(ada.post(f"/certificates/{row.number}/renew", form))

    assert "Invalid Certificate Signing Request" in page
    assert "New words" in page


def test_an_empty_file_gets_apples_sentence(ada: Client) -> None:
    page = _text(ada.post("/create", {"terms": "on", "signed_request": _file(b"")}))

    assert "correct format and not empty" in page


def test_a_huge_file_is_refused(ada: Client, signed: SignedRequest) -> None:
    data = signed.encode() + b"\n" * 1_000_000

    page = _text(ada.post("/create", {"terms": "on", "signed_request": _file(data)}))

    assert "more than 64 KB" in page


def test_without_consent_or_file_nothing_is_made(ada: Client, apple: Authority) -> None:
    page = _text(ada.post("/create", {"notes": "Keep me"}))

    assert "Tick the box" in page
    assert "Choose the signed request" in page
    assert "Keep me" in page
    assert apple.issued(ADA) == []


def test_revoking_is_confirmed_first(ada: Client, apple: Authority, row: Issued) -> None:
    path = f"/certificates/{row.number}/revoke"

    ada.get(path)
    assert apple.issued(ADA) == [row]

    ada.post(path)
    assert apple.issued(ADA)[0].is_revoked
    assert f"/certificates/{row.number}/renew" not in _text(ada.get("/"))


def test_renewing_a_revoked_certificate_is_refused_in_the_page(
    ada: Client, apple: Authority, row: Issued, signed: SignedRequest
) -> None:
    apple.revoke(row.topic, account=ADA)
    form = {"signed_request": _file(signed.encode())}

    page = _text(ada.post(f"/certificates/{row.number}/renew", form))

    assert "A revoked certificate cannot be renewed" in page


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/create", "/certificates/{}/revoke"])
def test_a_form_from_elsewhere_is_refused(
    path: str, ada: Client, apple: Authority, row: Issued
) -> None:
    stranger = Client(enforce_csrf_checks=True)
    stranger.cookies = ada.cookies

    response = stranger.post(path.format(row.number), {"account": "eve@other.example"})

    assert response.status_code == 403
    assert "Stand-in, not Apple." in _text(response)
    assert apple.issued(ADA) == [row]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/sign-in",
        "/create",
        "/nowhere",
        "/certificates/{}/renew",
        "/certificates/{}/revoke",
        "/certificates/{}/issued",
    ],
)
def test_every_page_says_that_it_is_not_apple_and_runs_no_script(
    path: str, ada: Client, row: Issued
) -> None:
    response = ada.get(path.format(row.number))

    page = _text(response)
    policy = response["Content-Security-Policy"]
    assert "Stand-in, not Apple." in page
    assert '<html lang="en">' in page
    assert page.count("<main ") == page.count("<h1>") == 1
    assert "<script" not in page
    assert not re.search(r"<style|\sstyle=|\son\w+=", page)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy


def test_pages_with_an_account_are_not_kept_by_caches(ada: Client, row: Issued) -> None:
    for path in ("/", f"/certificates/{row.number}/download"):
        assert "no-store" in ada.get(path)["Cache-Control"]
