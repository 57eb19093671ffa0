"""Downloads: byte for byte what was recorded, named, and never from a damaged record."""

import logging

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.test import Client
from django.urls import reverse

from onboarding import signed_request
from onboarding.models import CSR, PushCertificate


def test_the_signed_request_is_the_one_that_was_signed(as_bob: Client, signed: CSR) -> None:
    answer = as_bob.get(reverse("portal:signed_request", args=[signed.pk]))

    assert answer.content == signed_request.assemble(signed)
    assert answer["Content-Type"] == "application/octet-stream"
    assert signed_request.file_name(signed) in answer["Content-Disposition"]


def test_the_csr_is_its_der_as_pem(as_bob: Client, submitted: CSR) -> None:
    answer = as_bob.get(reverse("portal:csr_file", args=[submitted.pk]))

    assert submitted.der is not None
    parsed = x509.load_pem_x509_csr(answer.content)
    assert parsed.public_bytes(Encoding.DER) == bytes(submitted.der)
    assert answer.content == parsed.public_bytes(Encoding.PEM)


def test_the_certificate_is_its_der_as_pem(as_bob: Client, active: PushCertificate) -> None:
    answer = as_bob.get(reverse("portal:certificate_file", args=[active.pk]))

    parsed = x509.load_pem_x509_certificate(answer.content)
    assert parsed.public_bytes(Encoding.DER) == bytes(active.der)
    assert answer["Content-Type"] == "application/x-pem-file"


@pytest.mark.parametrize("name", ["signed_request", "csr_file", "certificate_file"])
def test_a_download_is_an_attachment_that_nobody_keeps(
    name: str, as_bob: Client, active: PushCertificate
) -> None:
    pk = active.pk if name == "certificate_file" else active.csr_id

    answer = as_bob.get(reverse(f"portal:{name}", args=[pk]))

    assert answer["Content-Disposition"].startswith("attachment; filename=")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("signed_request", {"push_request_sha256": "x"}),
        ("csr_file", {"public_key_sha256": "x"}),
        ("csr_file", {"der": b"\x30\0"}),
        ("certificate_file", {"fingerprint_sha256": "x"}),
    ],
)
def test_a_damaged_record_is_not_handed_out(
    name: str,
    damage: dict[str, str | bytes],
    as_bob: Client,
    active: PushCertificate,
    caplog: pytest.LogCaptureFixture,
) -> None:
    record = active if name == "certificate_file" else active.csr
    type(record)._default_manager.update(**damage)

    answer = as_bob.get(reverse(f"portal:{name}", args=[record.pk]))

    assert answer.status_code == 500
    assert "not handed out" in " ".join(answer.content.decode().split())
    assert "BEGIN" not in answer.content.decode()
    assert [one.name for one in caplog.records if one.levelno == logging.ERROR] == [
        "onboarding.portal.middleware",
        "django.request",
    ]


@pytest.mark.parametrize("name", ["signed_request", "csr_file"])
def test_what_is_not_made_yet_is_told(name: str, as_bob: Client, csr: CSR) -> None:
    answer = as_bob.get(reverse(f"portal:{name}", args=[csr.pk]))

    assert answer.status_code == 409
