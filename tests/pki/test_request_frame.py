"""The frame that all signed requests under one chain share: the same bytes, judged one by one."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from onboarding import errors
from onboarding.pki import push_request
from onboarding.pki.chain import Chain
from onboarding.pki.push_request import PushCertificateRequest
from onboarding.pki.request_frame import RequestFrame
from onboarding.pki.trust import Trust
from pushportal.sandbox.authority import Authority
from signing import identity
from signing.identity import SigningIdentity

CSR = b"\x30\x03any bytes: the frame does not read them"


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def trust(apple: Authority) -> Trust:
    return Trust.of_pem(apple.anchors_pem)


@pytest.fixture
def vendor(apple: Authority, trust: Trust, now: datetime) -> SigningIdentity:
    return identity.load(apple.vendor_identity.as_uri(), passphrase=None, trust=trust, now=now)


@pytest.fixture
def frame(vendor: SigningIdentity, trust: Trust, now: datetime) -> RequestFrame:
    return RequestFrame.of(vendor.chain, trust=trust, now=now)


def test_it_gives_the_bytes_of_the_whole_request(
    frame: RequestFrame, vendor: SigningIdentity
) -> None:
    signature = vendor.sign(CSR)

    whole = PushCertificateRequest(CSR, vendor.chain, signature).encode()

    assert frame.encode(CSR, signature) == whole
    assert push_request.decode(whole).csr_der == CSR


def test_what_it_made_is_judged_good(frame: RequestFrame, vendor: SigningIdentity) -> None:
    content = frame.encode(CSR, vendor.sign(CSR))

    assert frame.judge(content, csr_der=CSR)


def test_every_changed_byte_is_noticed(frame: RequestFrame, vendor: SigningIdentity) -> None:
    xml = bytearray(base64.b64decode(frame.encode(CSR, vendor.sign(CSR))))

    for at in range(len(xml)):
        xml[at] ^= 1
        with pytest.raises(errors.InvalidPushRequest):
            frame.judge(base64.b64encode(bytes(xml)), csr_der=CSR)
        xml[at] ^= 1


@pytest.mark.parametrize("content", [b"", b"!", b"YQ==", b"=" * 10])
def test_other_bytes_are_no_request(frame: RequestFrame, content: bytes) -> None:
    for begin in (b"", frame.opening):
        with pytest.raises(errors.InvalidPushRequest):
            frame.judge(begin + content, csr_der=CSR)


def test_another_csr_is_noticed(frame: RequestFrame, vendor: SigningIdentity) -> None:
    content = frame.encode(CSR, vendor.sign(CSR))

    with pytest.raises(errors.InvalidPushRequest, match="another CSR"):
        frame.judge(content, csr_der=CSR + b"x")


def test_another_key_is_noticed(frame: RequestFrame) -> None:
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    content = frame.encode(CSR, stranger.sign(CSR, padding.PKCS1v15(), SHA256()))

    with pytest.raises(errors.InvalidPushRequest, match="not made with the key"):
        frame.judge(content, csr_der=CSR)


def test_a_request_under_another_chain_is_noticed(
    frame: RequestFrame, vendor: SigningIdentity
) -> None:
    shorter = Chain(vendor.chain.certificates[:2])
    content = PushCertificateRequest(CSR, shorter, vendor.sign(CSR)).encode()

    with pytest.raises(errors.InvalidPushRequest, match="another frame"):
        frame.judge(content, csr_der=CSR)


def test_head_and_tail_do_not_overlap(frame: RequestFrame) -> None:
    torn = frame.head + frame.middle + frame.tail[1:]

    with pytest.raises(errors.InvalidPushRequest, match="another frame"):
        frame.judge(frame.opening + base64.b64encode(torn), csr_der=b"")


def test_a_chain_that_apple_would_refuse_has_no_frame(
    vendor: SigningIdentity, trust: Trust, now: datetime
) -> None:
    with pytest.raises(errors.InvalidChain, match="expired on"):
        RequestFrame.of(vendor.chain, trust=trust, now=now + timedelta(days=9000))
