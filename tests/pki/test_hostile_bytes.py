"""Whatever the bytes are: a value or a PortalError, and nothing else."""

import base64
import contextlib
import io
import zipfile
from collections.abc import Callable
from functools import cache

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onboarding import errors
from onboarding.pki import certificates, csr, kinds, pem, push_certificate, push_request
from onboarding.pki.kinds import Kind, recognise
from onboarding.pki.trust import Trust
from tests.pki import authority as made
from tests.pki import damaged
from tests.pki.authority import NOW, authority

# cryptography warns of oddities (a negative serial number) that it reads all the same.
pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
bounded = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


def _verify_request(data: bytes) -> object:
    return push_request.verify(data, trust=authority().trust, now=NOW)


def _check_request(data: bytes) -> object:
    return push_request.checks(data, trust=authority().trust, now=NOW, csr=data)


def _verify_certificate(data: bytes) -> object:
    key = certificates.key_fingerprint(made.key("push").public_key())
    return push_certificate.verify(data, public_key_sha256=key, trust=authority().trust, now=NOW)


READERS: dict[str, Callable[[bytes], object]] = {
    "kinds.csr_der": kinds.csr_der,
    "csr.parse": csr.parse,
    "csr.verify": csr.verify,
    "push_request.decode": push_request.decode,
    "push_request.verify": _verify_request,
    "push_request.checks": _check_request,
    "push_certificate.parse": push_certificate.parse,
    "push_certificate.verify": _verify_certificate,
    "certificates.read": certificates.read,
    "Trust.of_pem": lambda data: Trust.of_pem(data.decode("latin-1")),
}


@cache
def _genuine() -> list[bytes]:
    push = made.push(authority().push_ca)
    return [
        made.csr(),
        pem.encode("CERTIFICATE REQUEST", made.csr()).encode(),
        push.public_bytes(Encoding.DER),
        push.public_bytes(Encoding.PEM),
        damaged.good(),
        damaged.plist(),
        _archive(),
    ]


def _archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("push.csr", made.csr())
    return buffer.getvalue()


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A real upload of which some bytes were changed, cut out or put in."""
    data = bytearray(draw(st.sampled_from(_genuine())))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data) - 1))
        end = at + draw(st.sampled_from([0, 1, 1, 1, 2, 40]))
        data[at:end] = draw(st.binary(max_size=2))
    return bytes(data)


@st.composite
def mutated_inside(draw: st.DrawFn) -> bytes:
    """The same, with the armour whole: PEM of mutated DER, base64 of a mutated property list."""
    data = draw(mutated())
    label = draw(st.sampled_from(["CERTIFICATE", "CERTIFICATE REQUEST"]))
    return draw(st.sampled_from([pem.encode(label, data).encode(), base64.b64encode(data)]))


uploads = st.one_of(st.binary(max_size=300), st.text(max_size=200).map(str.encode)) | (
    mutated() | mutated_inside()
)


@bounded
@given(uploads)
def test_any_bytes_are_of_some_kind(data: bytes) -> None:
    assert recognise(data) in Kind


@pytest.mark.parametrize("reader", READERS)
@bounded
@given(data=uploads)
def test_a_reader_raises_nothing_but_a_sentence(reader: str, data: bytes) -> None:
    with contextlib.suppress(errors.PortalError):
        assert READERS[reader](data)
