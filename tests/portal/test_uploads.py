"""Wrong files and texts: each is called by its name, what was typed is kept, no key is."""

import logging

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from onboarding import keys, signed_request, storage
from onboarding.models import CSR, Customer, PushCertificate, User
from onboarding.pki import pem
from onboarding.pki.names import Subject
from onboarding.portal import uploads
from pushportal.sandbox.authority import Authority

PUSH_KEY = keys.new_push_key()
CSR_PEM = pem.encode(
    "CERTIFICATE REQUEST", keys.build_csr(PUSH_KEY, Subject(organization="Acme", country="DE"))
)
KEY_PEM = PUSH_KEY.private_bytes(
    Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
).decode()
SECRETS = {
    "a private key": KEY_PEM,
    "an encrypted private key": PUSH_KEY.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")
    ).decode(),
    "an EC key": ec.generate_private_key(ec.SECP256R1())
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode(),
    "a key beside a CSR": CSR_PEM + KEY_PEM,
    "half of a key": KEY_PEM[:400],
}
WRONG_ANYWHERE = {
    "hello": "This is text, but no PEM",
    "-----BEGIN CERTIFICATE REQUEST-----\nMIIB": "This looks like PEM, but it is damaged",
    "<!doctype html><html></html>": "This is a web page",
    "x" * 70_000: "The file is larger than 64 KB, the limit here.",
}


@pytest.fixture
def to_csr_upload(acme: Customer) -> str:
    return reverse("portal:csr_upload", args=[acme.pk])


@pytest.fixture
def to_certificate_upload(signed: CSR) -> str:
    return reverse("portal:certificate_upload", args=[signed.pk])


@pytest.fixture(params=["to_csr_upload", "to_certificate_upload"])
def address(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(request.param)
    return found


def kept_files() -> list[bytes]:
    return [storage.get(name) for name in storage.names(storage.UPLOADS)]


def test_an_uploaded_csr_goes_to_the_staff(as_ada: Client, to_csr_upload: str) -> None:
    answer = as_ada.post(to_csr_upload, {"upload": SimpleUploadedFile("a.csr", CSR_PEM.encode())})

    csr = CSR.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, csr.get_absolute_url())
    assert (csr.state, csr.origin) == (CSR.State.SUBMITTED, CSR.Origin.UPLOADED)


def test_an_upload_is_kept_as_it_came(as_ada: Client, to_csr_upload: str) -> None:
    came = b"\xef\xbb\xbfsome words\r\n" + CSR_PEM.replace("\n", "\r\n").encode()

    as_ada.post(to_csr_upload, {"upload": SimpleUploadedFile("a.csr", came)})

    assert CSR.objects.get().state == CSR.State.SUBMITTED
    assert kept_files() == [came]


def test_a_pasted_csr_is_taken(as_ada: Client, to_csr_upload: str) -> None:
    as_ada.post(to_csr_upload, {"pasted": CSR_PEM})

    assert CSR.objects.get().state == CSR.State.SUBMITTED


def test_apples_certificate_activates(
    as_ada: Client, to_certificate_upload: str, signed: CSR, apple: Authority
) -> None:
    assert signed.der is not None
    issued = apple.issue(bytes(signed.der))

    answer = as_ada.post(to_certificate_upload, {"upload": SimpleUploadedFile("MDM_.pem", issued)})

    certificate = PushCertificate.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, certificate.get_absolute_url())
    assert certificate.state == PushCertificate.State.ACTIVE


@pytest.mark.parametrize(("text", "sentence"), WRONG_ANYWHERE.items())
def test_wrong_text_is_named_and_kept(
    as_ada: Client, address: str, text: str, sentence: str
) -> None:
    answer = as_ada.post(address, {"pasted": text})

    assert answer.status_code == 422
    assert sentence in str(answer.context["form"].errors["pasted"])
    assert answer.context["form"]["pasted"].value() == text


@pytest.mark.parametrize(("text", "sentence"), WRONG_ANYWHERE.items())
def test_a_wrong_file_is_named_with_its_name(
    as_ada: Client, address: str, text: str, sentence: str
) -> None:
    answer = as_ada.post(address, {"upload": SimpleUploadedFile("mine.pem", text.encode())})

    (said,) = answer.context["form"].errors["upload"]
    assert answer.status_code == 422
    assert said.startswith("“mine.pem”: ")
    assert sentence in said


def test_in_german_the_name_of_a_file_has_german_quotes(
    as_ada: Client, ada: User, address: str
) -> None:
    User.objects.filter(pk=ada.pk).update(language="de")

    answer = as_ada.post(address, {"upload": SimpleUploadedFile("mine.pem", b"nothing")})

    assert "„mine.pem“: " in answer.content.decode()


def test_an_empty_file_is_refused(as_ada: Client, address: str) -> None:
    answer = as_ada.post(address, {"upload": SimpleUploadedFile("mine.pem", b"")})

    assert "“mine.pem”: The file is empty," in str(answer.context["form"].errors["upload"])


def test_nothing_at_all_is_refused(as_ada: Client, address: str) -> None:
    answer = as_ada.post(address, {"pasted": "  \n"})

    assert answer.context["form"].errors["upload"] == ["Choose a file, or paste its text below."]


def test_a_file_and_a_text_are_one_too_many(as_ada: Client, address: str) -> None:
    answer = as_ada.post(
        address, {"pasted": "hello", "upload": SimpleUploadedFile("a.pem", b"hello")}
    )

    assert "Give either a file or its text." in str(answer.context["form"].errors["pasted"])
    assert answer.context["form"]["pasted"].value() == "hello"


def test_a_csr_is_no_certificate(as_ada: Client, to_certificate_upload: str) -> None:
    answer = as_ada.post(to_certificate_upload, {"pasted": CSR_PEM})

    assert "This is a CSR, but not the one of this page" in str(
        answer.context["form"].errors["pasted"]
    )


def test_a_signed_request_is_no_certificate(
    as_ada: Client, to_certificate_upload: str, signed: CSR
) -> None:
    answer = as_ada.post(
        to_certificate_upload,
        {"upload": SimpleUploadedFile("for-apple", signed_request.assemble(signed))},
    )

    assert "“for-apple”: This is a signed request" in str(answer.context["form"].errors["upload"])


def test_a_certificate_is_no_csr(as_ada: Client, to_csr_upload: str, apple: Authority) -> None:
    answer = as_ada.post(to_csr_upload, {"pasted": apple.issue(CSR_PEM.encode()).decode()})

    assert "This is an MDM push certificate." in str(answer.context["form"].errors["pasted"])


def test_a_weak_csr_is_refused_beside_its_field(as_ada: Client, to_csr_upload: str) -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - refused
    text = pem.encode("CERTIFICATE REQUEST", keys.build_csr(weak, Subject(country="DE")))

    answer = as_ada.post(to_csr_upload, {"pasted": text})

    assert answer.status_code == 422
    assert "1024" in str(answer.context["form"].errors["pasted"])
    assert answer.context["form"]["pasted"].value() == text


def test_a_key_that_was_used_before_is_refused(as_ada: Client, to_csr_upload: str) -> None:
    as_ada.post(to_csr_upload, {"pasted": CSR_PEM})

    answer = as_ada.post(to_csr_upload, {"pasted": CSR_PEM})

    assert "used before" in str(answer.context["form"].errors["pasted"])


def test_another_csrs_certificate_is_refused(
    as_ada: Client, to_certificate_upload: str, signed: CSR, apple: Authority
) -> None:
    answer = as_ada.post(to_certificate_upload, {"pasted": apple.issue(CSR_PEM.encode()).decode()})

    signed.refresh_from_db()
    assert "made for another key" in str(answer.context["form"].errors["pasted"])
    assert signed.state == CSR.State.SIGNED


def test_a_created_certificate_is_no_renewal(
    as_ada: Client, signed_renewal: CSR, apple: Authority
) -> None:
    assert signed_renewal.der is not None
    created = apple.issue(bytes(signed_renewal.der)).decode()

    answer = as_ada.post(
        reverse("portal:certificate_upload", args=[signed_renewal.pk]),
        {"pasted": created},
        follow=True,
    )

    assert answer.redirect_chain == [(f"/csrs/{signed_renewal.pk}/created", 302)]
    assert "Press Renew on this row" in answer.content.decode()


@pytest.mark.parametrize("way", ["upload", "pasted"])
@pytest.mark.parametrize("secret", SECRETS)
def test_a_private_key_is_not_kept_shown_or_logged(
    as_ada: Client,
    address: str,
    secret: str,
    way: str,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    text = SECRETS[secret]
    lines = [line for line in text.splitlines() if len(line) > 30 and "-----" not in line]
    sent = SimpleUploadedFile("key.pem", text.encode()) if way == "upload" else text

    answer = as_ada.post(address, {way: sent})

    assert answer.status_code == 422
    assert "consider it exposed" in answer.content.decode()
    assert not [line for line in lines if line in answer.content.decode()]
    assert not [line for line in lines if line in caplog.text]
    assert kept_files() == []


def test_a_key_in_the_wrong_field_is_not_shown_either(as_ada: Client, address: str) -> None:
    answer = as_ada.post(
        address, {"pasted": KEY_PEM, "upload": SimpleUploadedFile("a.pem", b"hello")}
    )

    assert answer.status_code == 422
    assert KEY_PEM.splitlines()[1] not in answer.content.decode()


def test_no_more_than_the_limit_is_kept_of_a_large_file(
    as_ada: Client, to_csr_upload: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []
    genuine = uploads.BoundedUploadHandler.file_complete

    def watched(self: uploads.BoundedUploadHandler, file_size: int) -> object:
        file = genuine(self, file_size)
        sizes.append((file_size, file.size))
        return file

    monkeypatch.setattr(uploads.BoundedUploadHandler, "file_complete", watched)

    as_ada.post(to_csr_upload, {"upload": SimpleUploadedFile("film.mov", b"\0x" * 2_000_000)})

    assert sizes == [(4_000_000, 64 * 1024 + 1)]


def test_a_huge_body_is_not_read(as_ada: Client, to_csr_upload: str) -> None:
    answer = as_ada.generic(
        "POST", to_csr_upload, b"", headers={"Content-Length": str(uploads.BODY_LIMIT + 1)}
    )

    assert answer.status_code == 413
    assert "larger than 64 KB" in answer.content.decode()


def test_a_huge_text_is_refused_in_words(as_ada: Client, to_csr_upload: str) -> None:
    answer = as_ada.post(to_csr_upload, {"pasted": "x" * 600_000})

    assert answer.status_code == 413
    assert "larger than 64 KB" in answer.content.decode()


def test_a_certificate_for_a_csr_that_moved_on_is_refused(
    as_ada: Client, signed: CSR, apple: Authority
) -> None:
    assert signed.der is not None
    issued = apple.issue(bytes(signed.der)).decode()
    as_ada.post(reverse("portal:withdraw", args=[signed.pk]))

    answer = as_ada.post(reverse("portal:certificate_upload", args=[signed.pk]), {"pasted": issued})

    assert answer.status_code == 409
    assert "Nothing was changed." in answer.content.decode()


def test_the_limit_is_said_where_files_are_taken(
    as_ada: Client, to_csr_upload: str, signed: CSR
) -> None:
    for address in (to_csr_upload, signed.get_absolute_url()):
        assert "At most 64 KB." in as_ada.get(address).content.decode()


def test_the_same_certificate_from_a_second_tab_leads_to_the_first_result(
    as_ada: Client, to_certificate_upload: str, active: PushCertificate
) -> None:
    again = SimpleUploadedFile("MDM_.pem", pem.encode("CERTIFICATE", bytes(active.der)).encode())

    answer = as_ada.post(to_certificate_upload, {"upload": again}, follow=True)

    assert answer.redirect_chain == [(active.get_absolute_url(), 302)]
    assert "is active already" in answer.content.decode()
