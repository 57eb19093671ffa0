"""The form of a signed request: base64 of a plist of three texts, the chain in strict PEM."""

import base64
import binascii
import plistlib
import re
from dataclasses import dataclass
from xml.parsers.expat import ExpatError

from cryptography import x509

from pushportal.sandbox.errors import InvalidRequest

LIMIT_BYTES = 64 * 1024
KEYS = {"PushCertRequestCSR", "PushCertCertificateChain", "PushCertSignature"}
DOCTYPE = b'<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN"'
BLOCK = re.compile(
    r"-----BEGIN CERTIFICATE-----\n"
    r"((?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{1,64}={0,2}\n)"
    r"-----END CERTIFICATE-----\n"
)
COLUMNS = 64


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a signed request carries, in the order of the upload; nothing is verified yet."""

    csr_der: bytes
    chain: tuple[x509.Certificate, ...]
    signature: bytes


def opened(data: bytes) -> Envelope:
    if not data.strip():
        raise InvalidRequest("The file is empty.")
    if len(data) > LIMIT_BYTES:
        raise InvalidRequest(f"The file has more than {LIMIT_BYTES // 1024} KB.")
    values = _values(_plist(data))
    return Envelope(
        csr_der=_base64(values["PushCertRequestCSR"], name="PushCertRequestCSR"),
        chain=_chain(values["PushCertCertificateChain"]),
        signature=_base64(values["PushCertSignature"], name="PushCertSignature"),
    )


def _plist(data: bytes) -> bytes:
    if b"-----BEGIN" in data:
        raise InvalidRequest("This is a PEM file, such as a raw CSR, and no signed request.")
    try:
        # Some producers wrap the outer base64, so line breaks are let through here.
        return base64.b64decode(b"".join(data.split()), validate=True)
    except binascii.Error as error:
        raise InvalidRequest("The file is not base64 text.") from error


def _values(plist: bytes) -> dict[str, str]:
    if DOCTYPE not in plist:
        raise InvalidRequest("The base64 text holds no XML property list with Apple's DOCTYPE.")
    if b"&#" in plist:
        raise InvalidRequest("The property list writes characters as numbers (&#xA;).")
    try:
        values = plistlib.loads(plist, fmt=plistlib.FMT_XML)
    except (ExpatError, ValueError, AttributeError, LookupError, TypeError) as error:
        raise InvalidRequest("The property list cannot be read.") from error
    if not isinstance(values, dict) or values.keys() != KEYS:
        raise InvalidRequest("The property list does not have exactly the three keys.")
    if not all(isinstance(value, str) for value in values.values()):
        raise InvalidRequest("A value in the property list is not a text.")
    return values


def _base64(text: str, *, name: str) -> bytes:
    try:
        decoded = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise InvalidRequest(f"{name} is not plain base64 (no spaces, no line breaks).") from error
    # The decoder lets some doubled or odd endings pass; the same bytes have only one right text.
    if not decoded or base64.b64encode(decoded).decode("ascii") != text:
        raise InvalidRequest(f"{name} is empty or not exactly one base64 text.")
    return decoded


def _chain(pem: str) -> tuple[x509.Certificate, ...]:
    certificates = []
    position = 0
    while block := BLOCK.match(pem, position):
        certificates.append(_certificate(block[1]))
        position = block.end()
    if position != len(pem) or not certificates:
        raise InvalidRequest(
            f"After {len(certificates)} certificates the chain is not PEM with lines of exactly "
            f"{COLUMNS} characters, a line break after each block, and nothing in between."
        )
    return tuple(certificates)


def _certificate(body: str) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(base64.b64decode("".join(body.split())))
    except ValueError as error:
        raise InvalidRequest("A certificate in the chain cannot be read.") from error
