"""Apple's certificates from Apple's own addresses. What comes is known by its SHA-256 alone."""

from http.client import HTTPException
from urllib.parse import urlsplit
from urllib.request import urlopen

from cryptography import x509

from onboarding import errors
from onboarding.pki import apple, certificates, kinds
from onboarding.pki.apple import Pinned

TIMEOUT_SECONDS = 20
_ELSEWHERE = "Get the file on another machine and add it with `manage.py apple_ca add FILE`."


def wanted() -> list[Pinned]:
    """What Apple publishes and the package does not carry."""
    carried = {certificates.fingerprint(one) for one in (*apple.ANCHORS, *apple.bundled())}
    return [row for row in apple.PINNED if row.url and row.sha256 not in carried]


def fetch(row: Pinned) -> x509.Certificate:
    """The pinned certificate. Raises UnknownIssuer when something else came, or nothing."""
    data = _download(row.url)
    try:
        (certificate,) = certificates.read(data)
    except (errors.InvalidChain, ValueError) as error:
        raise errors.UnknownIssuer(f"{row.url} did not give a certificate. {_ELSEWHERE}") from error
    if certificates.fingerprint(certificate) != row.sha256:
        raise errors.UnknownIssuer(
            f"{row.url} gave another certificate than the pinned {row.name}: SHA-256"
            f" {certificates.fingerprint(certificate)}. It was not added."
        )
    return certificate


def _download(url: str) -> bytes:
    try:
        # The addresses are a table in the code, not input.
        with urlopen(url, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            data: bytes = answer.read(kinds.UPLOAD_LIMIT)
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise errors.UnknownIssuer(
            f"{urlsplit(url).hostname} could not be reached ({reason}). {_ELSEWHERE}"
        ) from error
    return data
