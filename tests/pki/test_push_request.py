"""Signed requests: made as Apple wants them, each damaged one refused with its own sentence."""

import base64
import plistlib
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from onboarding import errors
from onboarding.pki import csr, pem, push_request
from onboarding.pki.chain import Chain
from onboarding.pki.push_request import PushCertificateRequest
from onboarding.pki.trust import Trust
from tests.pki import authority as made
from tests.pki import damaged
from tests.pki.authority import NOW, authority
from tests.pki.damaged import DAMAGES, UNSEEN_BY_TOOLS, Damage

SCRIPT = Path(__file__).parent / "check_request.sh"
ALL = DAMAGES | UNSEEN_BY_TOOLS


def judged_by_tools(request: bytes, folder: Path) -> subprocess.CompletedProcess[str]:
    """What openssl and certtool say of a signed request, with the test authority's root."""
    (folder / "request").write_bytes(request)
    (folder / "root.pem").write_bytes(authority().root.certificate.public_bytes(Encoding.PEM))
    command = [SCRIPT, folder / "request", folder / "root.pem"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_signed_request_comes_back_as_it_went_in() -> None:
    chain = Chain(authority().chain)
    request = PushCertificateRequest(made.csr(), chain, made.sign(made.csr()))

    decoded = push_request.decode(request.encode())

    assert decoded == request


def test_the_same_parts_give_the_same_bytes_on_one_line() -> None:
    first, second = damaged.good(), damaged.good()

    assert first == second
    assert first.split() == [first]


def test_the_property_list_has_exactly_three_texts_in_alphabetical_order() -> None:
    xml = base64.b64decode(damaged.good())

    assert list(plistlib.loads(xml)) == [
        "PushCertCertificateChain",
        "PushCertRequestCSR",
        "PushCertSignature",
    ]
    assert b'"-//Apple//DTD PLIST 1.0//EN"' in xml
    assert b"&#" not in xml


def test_a_good_request_is_verified_to_the_root() -> None:
    request = push_request.verify(damaged.good(), trust=authority().trust, now=NOW)

    assert request.csr_der == made.csr()


def test_a_request_wrapped_by_its_producer_is_good() -> None:
    wrapped = base64.encodebytes(base64.b64decode(damaged.good())).replace(b"\n", b"\r\n")

    assert push_request.verify(wrapped, trust=authority().trust, now=NOW)


def test_a_request_indented_by_spaces_is_good() -> None:
    spaced = base64.b64encode(damaged.plist().replace(b"\t", b"  "))

    assert push_request.verify(spaced, trust=authority().trust, now=NOW)


@pytest.mark.needs("openssl")
def test_the_signature_is_byte_for_byte_that_of_openssl(tmp_path: Path) -> None:
    (tmp_path / "csr.der").write_bytes(made.csr())
    (tmp_path / "vendor.key").write_bytes(
        made.key("vendor").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    command = ["openssl", "dgst", "-sha256", "-sign", "vendor.key", "csr.der"]

    signature = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout

    assert push_request.decode(damaged.good()).signature == signature


@pytest.mark.needs("openssl", "certtool")
def test_openssl_and_certtool_accept_a_good_request(tmp_path: Path) -> None:
    verdict = judged_by_tools(damaged.good(), tmp_path)

    assert (verdict.returncode, verdict.stdout) == (0, "accepted\n")


@pytest.mark.needs("openssl", "certtool")
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_openssl_and_certtool_refuse_each_damaged_request(damage: Damage, tmp_path: Path) -> None:
    verdict = judged_by_tools(damage.make(), tmp_path)

    assert verdict.returncode != 0
    assert verdict.stdout == ""


@pytest.mark.parametrize("damage", ALL.values(), ids=ALL)
def test_each_damaged_request_is_refused_with_its_own_sentence(damage: Damage) -> None:
    data = damage.make()

    with pytest.raises(damage.error, match=damage.says) as refused:
        push_request.verify(data, trust=authority().trust, now=NOW)

    assert type(refused.value) is damage.error


@pytest.mark.parametrize("damage", ALL.values(), ids=ALL)
def test_the_checks_tell_the_same_sentence(damage: Damage) -> None:
    data = damage.make()
    with pytest.raises(errors.PortalError) as refused:
        push_request.verify(data, trust=authority().trust, now=NOW)

    failed = [
        one for one in push_request.checks(data, trust=authority().trust, now=NOW) if not one.passed
    ]

    assert refused.value.sentence in [check.detail for check in failed]


def test_all_checks_of_a_good_request_pass() -> None:
    given = pem.encode("CERTIFICATE REQUEST", made.csr()).encode()

    checks = push_request.checks(damaged.good(), trust=authority().trust, now=NOW, csr=given)

    assert [check.name for check in checks if not check.passed] == []
    assert checks[1].detail.startswith("2048 bits, SHA-256, CN=Acme push, O=Acme")
    assert "is marked as a vendor certificate" in [check.detail for check in checks][-3]
    assert len(checks) == 13


def test_the_checks_tell_a_request_for_another_csr() -> None:
    checks = push_request.checks(
        damaged.good(), trust=authority().trust, now=NOW, csr=made.csr("other")
    )

    assert [check.name for check in checks if not check.passed] == ["CSR: the one given"]
    assert "another CSR than the one given" in checks[-1].detail


def test_the_checks_go_on_when_the_vendor_key_is_not_rsa() -> None:
    public_key = csr.parse((damaged.VECTORS / "ec_p256.pem").read_bytes()).public_key
    leaf = made.vendor_with(public_key, authority().wwdr)
    data = damaged.chain_of(leaf, *authority().chain[1:])

    checks = push_request.checks(data, trust=authority().trust, now=NOW)

    failed = [check.name for check in checks if not check.passed]
    assert failed == ["chain: vendor key", "signature: by the vendor key, over this CSR"]


def test_out_of_order_nothing_is_told_that_would_mislead() -> None:
    data = DAMAGES["wrong order"].make()

    checks = push_request.checks(data, trust=authority().trust, now=NOW)

    failed = [check.detail for check in checks if not check.passed]
    assert "wrong order" in failed[0]
    assert all(detail.startswith("Not checked: ") for detail in failed[1:])


def test_one_second_after_its_end_the_vendor_certificate_is_expired() -> None:
    end = authority().vendor.not_valid_after_utc

    at_the_end = push_request.verify(damaged.good(), trust=authority().trust, now=end)

    assert at_the_end
    with pytest.raises(errors.InvalidChain, match="expired"):
        push_request.verify(damaged.good(), trust=authority().trust, now=end + timedelta(seconds=1))


def test_a_request_under_another_root_than_apples_is_refused_by_default() -> None:
    with pytest.raises(errors.InvalidChain, match="look-alike"):
        push_request.verify(damaged.good(), trust=Trust.apple(), now=NOW)


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        (b"", errors.EmptyUpload, "empty"),
        (b"-----BEGIN PRIVATE KEY-----", errors.PrivateKeyUploaded, "exposed"),
        (b"good morning", errors.WrongKind, "no PEM"),
    ],
)
def test_what_is_no_signed_request_is_named(
    data: bytes, error: type[errors.PortalError], says: str
) -> None:
    with pytest.raises(error, match=says):
        push_request.decode(data)


def test_a_raw_csr_is_not_mistaken_for_a_signed_request() -> None:
    with pytest.raises(errors.WrongKind, match=r"This is a CSR\. .* vendor has signed it"):
        push_request.decode(made.csr())
