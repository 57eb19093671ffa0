"""What an upload is to its customer is told beside the field, and never whose a stranger's is."""

import io
import zipfile
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onboarding import signed_request
from onboarding.models import CSR, PushCertificate, Topic, TopicChange, User
from onboarding.pki import pem
from pushportal.sandbox.authority import Authority
from tests.pki import authority as made
from tests.pki.authority import authority
from tests.portal.test_uploads import CSR_PEM, KEY_PEM


def upload(client: Client, csr: CSR, content: bytes, name: str = "mine.pem") -> str:
    """The refusal beside the field, after which the step is still there."""
    answer = client.post(
        reverse("portal:certificate_upload", args=[csr.pk]),
        {"upload": SimpleUploadedFile(name, content)},
    )
    assert answer.status_code == 422
    assert b"Upload the certificate here" in answer.content
    (said,) = answer.context["form"].errors["upload"]
    assert said.startswith(f"“{name}”: ")
    assert said in answer.context["form"].errors["upload"]
    return str(said)


def csr_of(row: CSR) -> bytes:
    return pem.encode("CERTIFICATE REQUEST", bytes(row.der or b"")).encode()


def certificate_of(row: PushCertificate) -> bytes:
    return pem.encode("CERTIFICATE", bytes(row.der)).encode()


def archive(**files: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in files.items():
            file.writestr(name.replace("_", "."), content)
    return buffer.getvalue()


def test_the_csr_of_the_page_is_known(as_ada: Client, signed: CSR) -> None:
    assert "your own CSR of this page" in upload(as_ada, signed, csr_of(signed))


def test_another_csr_of_ones_own_is_known(
    as_ada: Client, signed_renewal: CSR, active: PushCertificate
) -> None:
    said = upload(as_ada, signed_renewal, csr_of(active.csr))

    assert "another one of yours" in said
    assert str(active.csr_id)[:8] in said


def test_the_signed_request_of_the_page_is_known(as_ada: Client, signed: CSR) -> None:
    said = upload(as_ada, signed, signed_request.assemble(signed))

    assert "the one of this page" in said


def test_the_signed_request_of_another_csr_is_known(
    as_ada: Client, signed_renewal: CSR, active: PushCertificate
) -> None:
    said = upload(as_ada, signed_renewal, signed_request.assemble(active.csr))

    assert "another of your CSRs" in said


def test_the_certificate_to_be_renewed_is_known(
    as_ada: Client, signed_renewal: CSR, active: PushCertificate
) -> None:
    said = upload(as_ada, signed_renewal, certificate_of(active))

    assert "the certificate that is to be renewed" in said
    assert active.serial in said


def test_an_older_certificate_is_known(
    as_ada: Client, signed_renewal: CSR, active: PushCertificate
) -> None:
    PushCertificate.objects.update(state=PushCertificate.State.SUPERSEDED)
    CSR.objects.filter(pk=signed_renewal.pk).update(renews=None)

    assert "an older certificate of yours" in upload(as_ada, signed_renewal, certificate_of(active))


def test_a_certificate_that_staff_imported_is_known(
    as_ada: Client, signed_renewal: CSR, active: PushCertificate
) -> None:
    PushCertificate.objects.filter(pk=active.pk).update(csr=None)

    said = upload(as_ada, signed_renewal, certificate_of(active))

    assert "is here already" in said
    assert active.serial in said


def test_a_certificate_from_before_the_portal_is_known_by_its_topic(
    as_ada: Client, signed: CSR, apple: Authority
) -> None:
    topic = Topic.objects.create(name="com.apple.mgmt.External.old", customer=signed.customer)
    older = apple.issue(CSR_PEM.encode(), topic=topic.name)

    assert "an older certificate with your topic" in upload(as_ada, signed, older)


def test_what_belongs_to_another_csr_comes_with_the_way_there(
    as_ada: Client, signed_renewal: CSR, active: PushCertificate, apple: Authority
) -> None:
    issued = apple.issue(bytes(active.csr.der or b""))

    answer = as_ada.post(
        reverse("portal:certificate_upload", args=[signed_renewal.pk]),
        {"pasted": issued.decode()},
    )

    assert f'<a href="{active.csr.get_absolute_url()}">Go to the CSR' in answer.content.decode()


@pytest.mark.parametrize("what", ["CSR", "signed request", "certificate"])
def test_anothers_is_told_like_nobodys(
    what: str,
    as_eve: Client,
    signed_at_globex: CSR,
    active: PushCertificate,
    apple: Authority,
) -> None:
    nobodys = apple.issue(CSR_PEM.encode())
    said = {
        "CSR": (csr_of(active.csr), CSR_PEM.encode()),
        "signed request": (signed_request.assemble(active.csr), None),
        "certificate": (certificate_of(active), nobodys),
    }[what]

    anothers, unknown = (upload(as_eve, signed_at_globex, one) if one else "" for one in said)

    assert not unknown or anothers == unknown
    assert what == "certificate" or "Download the signed request of this page" in anothers
    assert "Acme" not in anothers
    assert "yours" not in anothers
    assert str(active.csr_id)[:8] not in anothers


CERTIFICATES: dict[str, tuple[Callable[[], bytes], str]] = {
    "a vendor certificate": (
        lambda: authority().vendor.public_bytes(Encoding.PEM),
        "an MDM vendor's certificate",
    ),
    "a CA certificate": (
        lambda: authority().push_ca.certificate.public_bytes(Encoding.PEM),
        "the certificate of a certificate authority. It only vouches for others.",
    ),
    "a chain": (
        lambda: (
            authority().vendor.public_bytes(Encoding.PEM)
            + authority().push_ca.certificate.public_bytes(Encoding.PEM)
        ),
        "several certificates",
    ),
    "an archive": (
        lambda: archive(push_pem="x", readme_txt="y"),
        "a ZIP archive that holds: push.pem (text), readme.txt (text). No push certificate was",
    ),
    "an archive with a key": (
        lambda: archive(push_key=KEY_PEM),
        "a ZIP archive with a private key in it. It was refused and nothing of it was kept",
    ),
    "a private key": (lambda: KEY_PEM.encode(), "consider it exposed"),
    "a saved page": (lambda: b"<html><title>Sign in</title>", "This is a web page"),
    "noise": (lambda: b"\x00\x01\x02", "of no kind that is known here"),
}


@pytest.mark.parametrize("what", CERTIFICATES)
def test_each_wrong_file_is_called_by_its_name(what: str, as_ada: Client, signed: CSR) -> None:
    make, sentence = CERTIFICATES[what]

    assert sentence in upload(as_ada, signed, make())


def test_ones_own_certificate_is_known_where_a_csr_is_wanted(
    as_ada: Client, active: PushCertificate
) -> None:
    answer = as_ada.post(
        reverse("portal:csr_upload", args=[active.customer_id]),
        {"pasted": certificate_of(active).decode()},
    )

    assert str(active.csr_id)[:8] in str(answer.context["form"].errors["pasted"])
    assert active.csr.get_absolute_url() in answer.content.decode()


def test_a_created_certificate_has_a_page_of_its_own_on_any_device(
    as_ada: Client, as_bob: Client, signed_renewal: CSR, apple: Authority
) -> None:
    created = apple.issue(bytes(signed_renewal.der or b""))
    sent = as_ada.post(
        reverse("portal:certificate_upload", args=[signed_renewal.pk]),
        {"upload": SimpleUploadedFile("MDM_.pem", created)},
    )

    seen = as_bob.get(sent["Location"]).content.decode()

    change = TopicChange.objects.get()
    assert signed_renewal.renews is not None
    for topic in (change.topic, signed_renewal.renews.topic):
        assert f"<code>{topic}</code>" in seen
    assert "every device would have to be enrolled again" in seen
    assert 'name="topic"' not in seen, "a reader asks for nothing"


def test_the_customer_asks_on_that_page(
    as_ada: Client, ada: User, signed_renewal: CSR, apple: Authority
) -> None:
    created = apple.issue(bytes(signed_renewal.der or b"")).decode()
    as_ada.post(reverse("portal:certificate_upload", args=[signed_renewal.pk]), {"pasted": created})
    change = TopicChange.objects.get()

    asked = as_ada.post(change.get_absolute_url(), {"topic": change.topic}, follow=True)
    unknown = as_ada.post(change.get_absolute_url(), {"topic": "another"})

    change.refresh_from_db()
    assert change.wanted_by == ada
    assert "Ada said so" in asked.content.decode()
    assert unknown.status_code == 404


@pytest.fixture
def genuine(signed: CSR, apple: Authority) -> list[bytes]:
    """One upload of each kind that is looked at more closely."""
    return [
        csr_of(signed),
        bytes(signed.der or b""),
        signed_request.assemble(signed),
        apple.issue(bytes(signed.der or b"")),
        apple.issue(CSR_PEM.encode()),
        archive(push_csr=CSR_PEM),
        authority().vendor.public_bytes(Encoding.DER),
        made.push(authority().push_ca).public_bytes(Encoding.DER),
    ]


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_no_bytes_at_all_break_a_page(as_ada: Client, signed: CSR, genuine: list[bytes]) -> None:
    """Of each kind that is recognised, damaged at random; an answer, and never a crash."""
    addresses = [
        reverse("portal:certificate_upload", args=[signed.pk]),
        reverse("portal:csr_upload", args=[signed.customer_id]),
    ]

    @settings(
        max_examples=60,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.sampled_from(range(len(genuine))),
        st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 40), st.binary(max_size=3))),
        st.sampled_from(addresses),
    )
    def sent(kind: int, cuts: list[tuple[int, int, bytes]], address: str) -> None:
        data = bytearray(genuine[kind])
        for at, length, instead in cuts or [(0, 0, b"")]:
            data[at % len(data) : at % len(data) + length] = instead
            data = data or bytearray(b"x")
        answer = as_ada.post(address, {"upload": SimpleUploadedFile("any", bytes(data))})
        assert answer.status_code in {302, 409, 422}

    sent()
