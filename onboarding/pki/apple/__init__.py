"""Apple's public CA certificates: two packaged, six pinned by SHA-256 (checked 2026-11-23).

The root of trust is the table below, in code; the files beside it only carry the bytes.
"""

import hashlib
from dataclasses import dataclass
from importlib import resources

from cryptography import x509

from onboarding import errors
from onboarding.pki import certificates, pem

_SITE = "https://www.apple.com/certificateauthority"


@dataclass(frozen=True, slots=True)
class Pinned:
    """One of Apple's certificates: `sha256` is of its DER, `url` is empty where Apple has none."""

    file: str
    name: str
    sha256: str
    role: str
    url: str = ""


PINNED = (
    Pinned(
        "AppleIncRootCertificate.pem",
        "Apple Root CA",
        "b0b1730ecbc7ff4505142c49f1295e6eda6bcaed7e2c68c5be91b5a11001f024",
        "root of the vendor chain and of the push chain",
        "https://www.apple.com/appleca/AppleIncRootCertificate.cer",
    ),
    Pinned(
        "AppleWWDRCAG3.pem",
        "Apple Worldwide Developer Relations CA, G3",
        "dcf21878c77f4198e4b4614f03d696d89c66c66008d4244e1b99161aac91601f",
        "issues the MDM vendor certificate",
        f"{_SITE}/AppleWWDRCAG3.cer",
    ),
    Pinned(
        "AppleWWDRCAG4.pem",
        "Apple Worldwide Developer Relations CA, G4",
        "ea4757885538dd8cb59ff4556f676087d83c85e70902c122e42c0808b5bce14c",
        "other developer certificates",
        f"{_SITE}/AppleWWDRCAG4.cer",
    ),
    Pinned(
        "AppleWWDRCAG5.pem",
        "Apple Worldwide Developer Relations CA, G5",
        "53fd008278e5a595fe1e908ae9c5e5675f26243264a5a6438c023e3ce2870760",
        "other developer certificates",
        f"{_SITE}/AppleWWDRCAG5.cer",
    ),
    Pinned(
        "AppleWWDRCA.pem",
        "Apple Worldwide Developer Relations CA, G1",
        "ce057691d730f89ca25e916f7335f4c8a15713dcd273a658c024023f8eb809c2",
        "expired in 2023; Apple refuses chains with it",
    ),
    Pinned(
        "AppleAAI2CA.pem",
        "Apple Application Integration 2 CA",
        "d3496f4b73cd67aab9f2fcb1d5aa41f8dc457769c455c792b70ddb19e92023d6",
        "issues MDM push certificates",
        f"{_SITE}/AppleAAI2CA.cer",
    ),
)


def pinned(certificate: x509.Certificate) -> Pinned | None:
    """The row of the table that this certificate is, by SHA-256."""
    sha256 = certificates.fingerprint(certificate)
    return next((row for row in PINNED if row.sha256 == sha256), None)


def packaged(file: str) -> x509.Certificate:
    """One packaged certificate. Raises DamagedRecord when its bytes are not the pinned ones."""
    folder = resources.files("onboarding.pki.apple")
    return checked(file, folder.joinpath(file).read_bytes(), recorded=_recorded(file))


def checked(file: str, data: bytes, *, recorded: str) -> x509.Certificate:
    if hashlib.sha256(data).hexdigest() != recorded:
        raise errors.DamagedRecord(f"{file} differs from its SHA-256 file. Install it anew.")
    certificate = certificates.load(pem.blocks(data.decode("ascii"))[0].der)
    row = pinned(certificate)
    if row is None or row.file != file:
        raise errors.DamagedRecord(f"{file} does not hold the pinned certificate. Install it anew.")
    return certificate


def bundled() -> tuple[x509.Certificate, ...]:
    """The packaged intermediates."""
    return (WWDR_G3,)


def _recorded(file: str) -> str:
    # The form of sha256sum, so that a person can check the folder with `sha256sum -c`.
    folder = resources.files("onboarding.pki.apple")
    return folder.joinpath(f"{file}.sha256").read_text(encoding="ascii").split()[0]


ROOT = packaged("AppleIncRootCertificate.pem")
WWDR_G3 = packaged("AppleWWDRCAG3.pem")
ANCHORS = (ROOT,)
