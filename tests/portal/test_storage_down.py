"""File storage that does not take a file: the page says so, keeps what was typed, and no row."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from onboarding import keys, storage
from onboarding.models import CSR, Customer, Event, PushCertificate
from onboarding.pki import pem
from onboarding.pki.names import Subject
from pushportal.sandbox.authority import Authority
from tests.store import local

CSR_PEM = pem.encode(
    "CERTIFICATE REQUEST",
    keys.build_csr(keys.new_push_key(), Subject(organization="Acme", country="DE")),
)
SENTENCE = "The portal&#x27;s file storage cannot be reached at the moment. So this was not done"


@pytest.fixture(autouse=True)
def files(settings: Settings, tmp_path: Path) -> Path:
    return local.use(settings, tmp_path / "local")


@pytest.fixture
def down(files: Path) -> Path:
    local.take_away(files)
    return files


def kept(files: Path) -> list[str]:
    return [one.name for one in (files / "uploads").rglob("*") if one.is_file()]


def test_a_csr_that_cannot_be_kept_is_told_and_taken_later(
    as_ada: Client, acme: Customer, down: Path
) -> None:
    address = reverse("portal:csr_upload", args=[acme.pk])

    told = as_ada.post(address, {"pasted": CSR_PEM})
    rows, events = CSR.objects.count(), Event.objects.count()
    local.bring_back(down)
    taken = as_ada.post(address, {"pasted": CSR_PEM})

    page = told.content.decode()
    assert told.status_code == 503
    assert SENTENCE in page
    assert "portal.css" in page
    assert told.context["form"]["pasted"].value() == CSR_PEM
    assert (rows, events) == (0, 0)
    assert taken.status_code == 302
    assert storage.get(CSR.objects.get().upload) == CSR_PEM.encode()


def test_a_certificate_that_cannot_be_kept_activates_nothing(
    as_ada: Client, files: Path, signed: CSR, apple: Authority, down: Path
) -> None:
    assert signed.der is not None
    address = reverse("portal:certificate_upload", args=[signed.pk])
    issued = apple.issue(bytes(signed.der))

    told = as_ada.post(address, {"upload": SimpleUploadedFile("MDM_.pem", issued)})
    state, rows = CSR.objects.get(pk=signed.pk).state, PushCertificate.objects.count()
    local.bring_back(down)
    taken = as_ada.post(address, {"upload": SimpleUploadedFile("MDM_.pem", issued)})

    assert told.status_code == 503
    assert "“MDM_.pem”: The portal" in told.content.decode()
    assert (state, rows) == (CSR.State.SIGNED, 0)
    assert taken.status_code == 302
    assert storage.get(PushCertificate.objects.get().upload) == issued


def test_what_is_refused_leaves_no_file(
    as_ada: Client, as_eve: Client, acme: Customer, globex: Customer, files: Path
) -> None:
    as_ada.post(reverse("portal:csr_upload", args=[acme.pk]), {"pasted": CSR_PEM})
    before = kept(files)

    # The same key in other bytes, at another customer.
    refused = as_eve.post(
        reverse("portal:csr_upload", args=[globex.pk]), {"pasted": f"hello\n{CSR_PEM}"}
    )

    assert refused.status_code == 422
    assert kept(files) == before


def test_a_certificate_for_another_key_leaves_no_file(
    as_ada: Client, signed: CSR, apple: Authority, files: Path
) -> None:
    other = keys.build_csr(keys.new_push_key(), Subject(organization="Acme", country="DE"))
    address = reverse("portal:certificate_upload", args=[signed.pk])

    refused = as_ada.post(address, {"upload": SimpleUploadedFile("a.pem", apple.issue(other))})

    assert refused.status_code == 422
    assert kept(files) == []
