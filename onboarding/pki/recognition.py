"""What an upload is, told by its bytes and never by its name."""

import re
from enum import StrEnum

from cryptography import x509
from cryptography.x509.oid import NameOID, ObjectIdentifier

from onboarding.pki import archive, certificates, der, pem

UPLOAD_LIMIT = 64 * 1024
TOPIC_PREFIX = "com.apple.mgmt."
VENDOR_MARKER = ObjectIdentifier("1.2.840.113635.100.4.12")


class Kind(StrEnum):
    EMPTY = "empty"
    ZEROS = "zeros"
    TOO_LARGE = "too_large"
    PRIVATE_KEY = "private_key"
    ENCRYPTED_PRIVATE_KEY = "encrypted_private_key"
    PKCS12 = "pkcs12"
    PKCS7 = "pkcs7"
    PUBLIC_KEY = "public_key"
    CSR = "csr"
    SEVERAL_CSRS = "several_csrs"
    PUSH_REQUEST = "push_request"
    PUSH_CERTIFICATE = "push_certificate"
    VENDOR_CERTIFICATE = "vendor_certificate"
    CA_CERTIFICATE = "ca_certificate"
    OTHER_CERTIFICATE = "other_certificate"
    SEVERAL_CERTIFICATES = "several_certificates"
    MIXED = "mixed"
    ZIP = "zip"
    ZIP_WITH_KEY = "zip_with_key"
    HTML = "html"
    PICTURE = "picture"
    PDF = "pdf"
    DAMAGED_PEM = "damaged_pem"
    TEXT = "text"
    UNKNOWN = "unknown"


SECRET = frozenset({Kind.PRIVATE_KEY, Kind.ENCRYPTED_PRIVATE_KEY, Kind.PKCS12, Kind.ZIP_WITH_KEY})
CERTIFICATES = frozenset(
    {
        Kind.PUSH_CERTIFICATE,
        Kind.VENDOR_CERTIFICATE,
        Kind.CA_CERTIFICATE,
        Kind.OTHER_CERTIFICATE,
    }
)
# Bounded, so that a file full of "BEGIN " costs no quadratic time.
_KEY_LABEL = re.compile(rb"BEGIN ([A-Z0-9 ]{0,30})PRIVATE KEY")
# A saved page: HTML, with or without an XML line, a comment or a BOM; or Chromium's MHTML.
_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,500}?-->\s*)?(?:<!doctype html|<html|<head|<body)"
    r"|From: <Saved by ",
    re.IGNORECASE | re.DOTALL,
)
_SAFARI = b"bplist00"
# How PNG, JPEG, GIF, WebP, TIFF and HEIC begin, as screenshots and photographs are saved.
_PICTURE = re.compile(
    rb"\x89PNG\r\n|\xff\xd8\xff|GIF8[79]a|RIFF....WEBP|II\*\0|MM\0\*|....ftyp(?:heic|heix|mif1|avif)",
    re.DOTALL,
)
_ENCRYPTED = re.compile(rb"BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: *4,ENCRYPTED")


def recognise(data: bytes) -> Kind:
    """The kind of an upload: PEM or DER, with a BOM, CRLF or text around it, or something else."""
    if not data.strip(b"\0\t\n\r \xef\xbb\xbf\xff\xfe"):
        # White space in UTF-16 is every other byte a zero.
        return Kind.ZEROS if 2 * data.count(b"\0") > len(data) else Kind.EMPTY
    if key := _labelled_key(data):
        return Kind.ZIP_WITH_KEY if archive.is_zip(data) else key
    # Before their size, which says less.
    if _PICTURE.match(data):
        return Kind.PICTURE
    if data.startswith(b"%PDF-"):
        return Kind.PDF
    if len(data) > UPLOAD_LIMIT:
        return Kind.TOO_LARGE
    if archive.is_zip(data):
        return _of_zip(data)
    return _of_der(data) or _of_text(data)


def inside(data: bytes) -> list[tuple[str, Kind]]:
    """The first files of a ZIP archive: each name, fit to be shown, and what it is."""
    return [
        (name, Kind.UNKNOWN if content is None else _of_file(content))
        for name, content in archive.files(data)
    ]


def _of_file(data: bytes) -> Kind:
    # One step deep: an archive in an archive is named, not opened.
    if archive.is_zip(data):
        return _labelled_key(data) or Kind.ZIP
    return recognise(data)


def _of_zip(data: bytes) -> Kind:
    kinds = {kind for _, kind in inside(data)}
    return Kind.ZIP_WITH_KEY if SECRET.intersection(kinds) else Kind.ZIP


def payload(data: bytes) -> bytes:
    """The DER of an upload that holds one thing, which was recognised."""
    # In the order of recognise(): a DER whose subject spells a PEM block is still DER.
    if _of_der(data):
        return data
    return pem.blocks(decoded(data) or "")[0].der


def _labelled_key(data: bytes) -> Kind | None:
    # Before everything else, however damaged the rest: a key must be told of in any company.
    # Without NULs, UTF-16 (PowerShell's `>`) reads like ASCII here.
    plain = data.replace(b"\0", b"")
    labels = list(_KEY_LABEL.finditer(plain))
    if not labels:
        return None
    encrypted = len(_ENCRYPTED.findall(plain)) >= len(labels)
    return Kind.ENCRYPTED_PRIVATE_KEY if encrypted else Kind.PRIVATE_KEY


def _of_der(data: bytes) -> Kind | None:
    members, shape = der.members(data), der.shape(data)
    if shape.startswith("is") and members[0].content == b"\x03":
        return Kind.PKCS12
    if _is_key(members, shape):
        return Kind.PRIVATE_KEY
    if shape == "so" and der.shape(data[:1] + b"\x80" + members[0].content).startswith("d"):
        return Kind.ENCRYPTED_PRIVATE_KEY
    if shape == "d0":
        return Kind.PKCS7
    if shape in {"sb", "ii"}:
        return Kind.PUBLIC_KEY
    return _of_signed(data) if shape == "ssb" else None


def _is_key(members: list[der.Element], shape: str) -> bool:
    """PKCS#8 (version, algorithm, key), SEC 1 (version, key), PKCS#1 and DSA (six numbers or more).

    Their versions are 0 and 1, which tells them from anything else of that shape.
    """
    has_version = bool(members) and members[0].content in {b"\x00", b"\x01"}
    return has_version and re.match("iso|io|i{6}", shape) is not None


def _of_signed(data: bytes) -> Kind | None:
    try:
        return _of_certificate(certificates.load(data))
    except ValueError:
        pass
    try:
        x509.load_der_x509_csr(data)
    except certificates.MALFORMED:
        return None
    return Kind.CSR


def _of_certificate(certificate: x509.Certificate) -> Kind:
    if certificates.first(certificate.subject, NameOID.USER_ID).startswith(TOPIC_PREFIX):
        return Kind.PUSH_CERTIFICATE
    if certificates.is_ca(certificate):
        return Kind.CA_CERTIFICATE
    if is_vendor_certificate(certificate):
        return Kind.VENDOR_CERTIFICATE
    return Kind.OTHER_CERTIFICATE


def is_vendor_certificate(certificate: x509.Certificate) -> bool:
    """True when Apple's marker or name for MDM vendors is there. One source only knows the marker,
    so a certificate without it is told of, never refused."""
    common_name = certificates.first(certificate.subject, NameOID.COMMON_NAME)
    return common_name.startswith("MDM Vendor:") or any(
        extension.oid == VENDOR_MARKER for extension in certificate.extensions
    )


def _of_text(data: bytes) -> Kind:
    if data.startswith(_SAFARI) and b"WebMainResource" in data:
        return Kind.HTML
    text = decoded(data)
    if text is None:
        return Kind.UNKNOWN
    if _PAGE.match(text):
        return Kind.HTML
    # Before PEM: a plist that was not encoded shows its chain.
    if _is_request_plist(text):
        return Kind.PUSH_REQUEST
    return _of_pem(text) if re.search(r"-(BEGIN|END) ", text) else _of_base64(text)


def decoded(data: bytes) -> str | None:
    """The upload as text: UTF-8, UTF-16 with BOM, or any one-byte code around PEM; else None."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1") if b"-----BEGIN " in data else None
    return None if "\0" in text else text


def _of_pem(text: str) -> Kind:
    try:
        found = [_of_der(block.der) or Kind.DAMAGED_PEM for block in pem.blocks(text)]
    except ValueError:
        return Kind.DAMAGED_PEM
    secret = next((kind for kind in found if kind in SECRET), None)
    if secret or len(found) < 2:
        return secret or (found[0] if found else Kind.DAMAGED_PEM)
    if CERTIFICATES.issuperset(found):
        return Kind.SEVERAL_CERTIFICATES
    return Kind.SEVERAL_CSRS if set(found) == {Kind.CSR} else Kind.MIXED


def _of_base64(text: str) -> Kind:
    """What base64 without BEGIN and END lines holds: a signed request, or a PEM that lost them."""
    try:
        inner = pem.bare_base64(text)
    except ValueError:
        return Kind.TEXT
    kind = _labelled_key(inner) or _of_der(inner)
    if kind in SECRET:
        return kind
    if _is_request_plist(decoded(inner) or ""):
        return Kind.PUSH_REQUEST
    return Kind.DAMAGED_PEM if kind or b"-----BEGIN " in inner else Kind.TEXT


def _is_request_plist(text: str) -> bool:
    return "<plist" in text and "PushCert" in text
