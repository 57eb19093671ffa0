"""Every wrong upload is recognised by its bytes and refused with a sentence of its own."""

import base64
import io
import time
import zipfile
from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs7,
    pkcs12,
)

from onboarding import errors
from onboarding.pki import kinds, pem
from onboarding.pki.kinds import Kind
from tests.pki import authority as made
from tests.pki import damaged
from tests.pki.authority import authority

SECRET = BestAvailableEncryption(b"passphrase")


def private(
    form: PrivateFormat, encoding: Encoding = Encoding.PEM, *, encrypted: bool = False
) -> bytes:
    return made.key("push").private_bytes(encoding, form, SECRET if encrypted else NoEncryption())


def elliptic(form: PrivateFormat, encoding: Encoding) -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(encoding, form, NoEncryption())


def edwards(form: PrivateFormat, encoding: Encoding) -> bytes:
    return ed25519.Ed25519PrivateKey.generate().private_bytes(encoding, form, NoEncryption())


def p12() -> bytes:
    return pkcs12.serialize_key_and_certificates(
        b"push", made.key("push"), made.push(authority().push_ca), None, SECRET
    )


def p7b() -> bytes:
    return pkcs7.serialize_certificates([authority().vendor], Encoding.DER)


def public(encoding: Encoding, form: PublicFormat) -> bytes:
    return made.key("push").public_key().public_bytes(encoding, form)


def certificate(one: x509.Certificate, encoding: Encoding = Encoding.PEM) -> bytes:
    return one.public_bytes(encoding)


def csr_pem() -> bytes:
    return pem.encode("CERTIFICATE REQUEST", made.csr()).encode()


def push_pem() -> bytes:
    return certificate(made.push(authority().push_ca))


def archive(**more: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in {"push.csr": csr_pem(), **more}.items():
            file.writestr(name, content)
    return buffer.getvalue()


def as_hidden_key(label: str) -> bytes:
    """A private key in a block that says it is something else."""
    return pem.encode(label, private(PrivateFormat.PKCS8, Encoding.DER)).encode()


DER, PEM = Encoding.DER, Encoding.PEM
TRADITIONAL, PKCS8 = PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8
UPLOADS: dict[str, tuple[Kind, Callable[[], bytes]]] = {
    "nothing": (Kind.EMPTY, lambda: b""),
    "white space": (Kind.EMPTY, lambda: b" \r\n\t\n"),
    "a BOM alone": (Kind.EMPTY, lambda: b"\xef\xbb\xbf\n"),
    "white space in UTF-16": (Kind.EMPTY, lambda: " \r\n".encode("utf-16")),
    "zeros": (Kind.ZEROS, lambda: b"\0" * 100),
    "zeros to the end of a line": (Kind.ZEROS, lambda: b"\0" * 100 + b"\n"),
    "one byte over the limit": (Kind.TOO_LARGE, lambda: b"a" * (64 * 1024 + 1)),
    "PKCS#8": (Kind.PRIVATE_KEY, lambda: private(PKCS8)),
    "PKCS#8 as DER": (Kind.PRIVATE_KEY, lambda: private(PKCS8, DER)),
    "PKCS#1": (Kind.PRIVATE_KEY, lambda: private(TRADITIONAL)),
    "PKCS#1 as DER": (Kind.PRIVATE_KEY, lambda: private(TRADITIONAL, DER)),
    "OpenSSH": (Kind.PRIVATE_KEY, lambda: private(PrivateFormat.OpenSSH)),
    "SEC 1": (Kind.PRIVATE_KEY, lambda: elliptic(TRADITIONAL, PEM)),
    "SEC 1 as DER": (Kind.PRIVATE_KEY, lambda: elliptic(TRADITIONAL, DER)),
    "EC PKCS#8 as DER": (Kind.PRIVATE_KEY, lambda: elliptic(PKCS8, DER)),
    "Ed25519 as DER": (Kind.PRIVATE_KEY, lambda: edwards(PKCS8, DER)),
    "a key in UTF-16": (Kind.PRIVATE_KEY, lambda: private(PKCS8).decode().encode("utf-16")),
    "a key in UTF-16 without BOM": (
        Kind.PRIVATE_KEY,
        lambda: private(PKCS8).decode().encode("utf-16-be"),
    ),
    "a key, cut off": (Kind.PRIVATE_KEY, lambda: private(PKCS8)[:200]),
    "a key as DER, cut off": (Kind.PRIVATE_KEY, lambda: private(PKCS8, DER)[:-200]),
    "a key as DER, with more after it": (Kind.PRIVATE_KEY, lambda: private(PKCS8, DER) + b"\n"),
    "a key after the CSR": (Kind.PRIVATE_KEY, lambda: csr_pem() + private(PKCS8)),
    "a key after the certificate": (Kind.PRIVATE_KEY, lambda: push_pem() + private(TRADITIONAL)),
    "a key in a large file": (Kind.PRIVATE_KEY, lambda: b"a" * 70_000 + private(PKCS8)),
    "a key that says CERTIFICATE": (Kind.PRIVATE_KEY, lambda: as_hidden_key("CERTIFICATE")),
    "a key that says nothing, after a CSR": (
        Kind.PRIVATE_KEY,
        lambda: csr_pem() + as_hidden_key("DATA"),
    ),
    "a key in base64": (Kind.PRIVATE_KEY, lambda: base64.b64encode(private(PKCS8, DER))),
    "a PEM key in base64": (Kind.PRIVATE_KEY, lambda: base64.encodebytes(private(PKCS8))),
    "encrypted PKCS#8": (Kind.ENCRYPTED_PRIVATE_KEY, lambda: private(PKCS8, encrypted=True)),
    "encrypted PKCS#8 as DER": (
        Kind.ENCRYPTED_PRIVATE_KEY,
        lambda: private(PKCS8, DER, encrypted=True),
    ),
    "encrypted PKCS#1": (
        Kind.ENCRYPTED_PRIVATE_KEY,
        lambda: private(TRADITIONAL, encrypted=True),
    ),
    "an encrypted key and a plain one": (
        Kind.PRIVATE_KEY,
        lambda: private(PKCS8, encrypted=True) + private(PKCS8),
    ),
    "PKCS#12": (Kind.PKCS12, p12),
    "PKCS#12 in base64": (Kind.PKCS12, lambda: base64.b64encode(p12())),
    # As macOS writes it: BER, of indefinite length.
    "PKCS#12 as BER": (Kind.PKCS12, lambda: b"\x30\x80\x02\x01\x03\x30\x80\x06\x09*\x86H"),
    "PKCS#7": (Kind.PKCS7, p7b),
    "PKCS#7 as PEM": (Kind.PKCS7, lambda: pem.encode("PKCS7", p7b()).encode()),
    "a public key": (Kind.PUBLIC_KEY, lambda: public(PEM, PublicFormat.SubjectPublicKeyInfo)),
    "a PKCS#1 public key": (Kind.PUBLIC_KEY, lambda: public(DER, PublicFormat.PKCS1)),
    "a CSR": (Kind.CSR, csr_pem),
    "a CSR as DER": (Kind.CSR, made.csr),
    "a CSR in UTF-16": (Kind.CSR, lambda: csr_pem().decode().encode("utf-16")),
    "two CSRs": (Kind.SEVERAL_CSRS, lambda: csr_pem() * 2),
    "a signed request": (Kind.PUSH_REQUEST, damaged.good),
    "a signed request, wrapped": (
        Kind.PUSH_REQUEST,
        lambda: base64.encodebytes(base64.b64decode(damaged.good())),
    ),
    "a signed request, not encoded": (Kind.PUSH_REQUEST, damaged.plist),
    "a push certificate": (Kind.PUSH_CERTIFICATE, push_pem),
    "a push certificate as DER": (
        Kind.PUSH_CERTIFICATE,
        lambda: certificate(made.push(authority().push_ca), DER),
    ),
    "a vendor certificate": (Kind.VENDOR_CERTIFICATE, lambda: certificate(authority().vendor)),
    "an intermediate": (Kind.CA_CERTIFICATE, lambda: certificate(authority().wwdr.certificate)),
    "another push certificate": (
        Kind.OTHER_CERTIFICATE,
        lambda: certificate(made.push(authority().push_ca, topic="com.acme.app")),
    ),
    "a chain": (
        Kind.SEVERAL_CERTIFICATES,
        lambda: push_pem() + certificate(authority().push_ca.certificate),
    ),
    "a CSR and a certificate": (Kind.MIXED, lambda: csr_pem() + push_pem()),
    "an archive": (Kind.ZIP, archive),
    "an archive with a key": (
        Kind.ZIP_WITH_KEY,
        lambda: archive(**{"push.key": private(TRADITIONAL, DER)}),
    ),
    "an archive of noise": (Kind.ZIP, lambda: b"PK\x03\x04noise"),
    "a page of XHTML": (Kind.HTML, lambda: b'<?xml version="1.0"?>\n<html><body>Hello'),
    "a page with a comment": (Kind.HTML, lambda: b"<!-- saved from url=(1) -->\n<html>"),
    "a page saved by Chromium": (Kind.HTML, lambda: b"From: <Saved by Blink>\r\nSubject: a"),
    "a page saved by Safari": (Kind.HTML, lambda: b"bplist00\xd1\x01WebMainResource"),
    "a page": (Kind.HTML, lambda: b"\n<!DOCTYPE html><html><body>Sign in</body></html>"),
    "a screenshot": (Kind.PICTURE, lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 100_000),
    "a photograph": (Kind.PICTURE, lambda: b"\xff\xd8\xff\xe0\0\x10JFIF"),
    "a photograph of a phone": (Kind.PICTURE, lambda: b"\0\0\0\x18ftypheic\0\0\0\0"),
    "a picture of the web": (Kind.PICTURE, lambda: b"RIFF\x10\0\0\0WEBPVP8 "),
    "a letter as PDF": (Kind.PDF, lambda: b"%PDF-1.7\n%text"),
    "a picture with a key behind it": (
        Kind.PRIVATE_KEY,
        lambda: b"\x89PNG\r\n\x1a\n" + private(PKCS8),
    ),
    "a CSR without its END line": (
        Kind.DAMAGED_PEM,
        lambda: csr_pem().replace(b"-----END CERTIFICATE REQUEST-----", b""),
    ),
    "a CSR without its BEGIN line": (
        Kind.DAMAGED_PEM,
        lambda: csr_pem().replace(b"-----BEGIN CERTIFICATE REQUEST-----\n", b""),
    ),
    "a CSR with a character lost": (
        Kind.DAMAGED_PEM,
        lambda: csr_pem().replace(b"MII", b"MI"),
    ),
    "a CSR whose lines do not pair": (
        Kind.DAMAGED_PEM,
        lambda: csr_pem().replace(b"END CERTIFICATE REQUEST", b"END CERTIFICATE"),
    ),
    "a CSR with a word in it": (Kind.DAMAGED_PEM, lambda: csr_pem().replace(b"MII", b"(!)MII")),
    "a CSR without both lines": (Kind.DAMAGED_PEM, lambda: base64.b64encode(made.csr())),
    "a PEM CSR in base64": (Kind.DAMAGED_PEM, lambda: base64.b64encode(csr_pem())),
    "a letter": (Kind.TEXT, lambda: "Grüße aus Köln".encode()),
    "a word that is base64": (Kind.TEXT, lambda: b"word"),
    "a number": (Kind.TEXT, lambda: b"0123456789"),
    "another property list": (Kind.TEXT, lambda: b"<plist><dict/></plist>"),
    "a certificate of version 10": (
        Kind.UNKNOWN,
        lambda: certificate(authority().vendor, DER).replace(
            b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x09"
        ),
    ),
    "a block of nothing": (
        Kind.DAMAGED_PEM,
        lambda: b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    ),
    "a question": (Kind.TEXT, lambda: b"What is PushCertRequestCSR?"),
    "six numbers": (Kind.UNKNOWN, lambda: b"\x30\x12" + b"\x02\x01\x85" * 6),
    "one number": (Kind.UNKNOWN, lambda: b"\x30\x03\x02\x01\x00\xff"),
    "a number in front of octets": (
        Kind.UNKNOWN,
        lambda: b"\x30\x08\x30\x03\x02\x01\x85\x04\x01\x85",
    ),
    "noise": (Kind.UNKNOWN, lambda: b"\x89\xfe\x00\x01\x02"),
    "a CSR as DER, cut off": (Kind.UNKNOWN, lambda: made.csr()[:-20]),
}


@pytest.mark.parametrize("upload", UPLOADS)
def test_each_upload_is_recognised(upload: str) -> None:
    kind, make = UPLOADS[upload]

    assert kinds.recognise(make()) is kind


def test_there_is_an_upload_of_every_kind() -> None:
    assert {kind for kind, _ in UPLOADS.values()} == set(Kind)


def test_old_dsa_keys_are_private_keys_too() -> None:
    key = dsa.generate_private_key(1024)  # noqa: S505 - to be recognised

    der = key.private_bytes(DER, TRADITIONAL, NoEncryption())

    assert kinds.recognise(der) is Kind.PRIVATE_KEY


def _refusal(take: Callable[[bytes], bytes], upload: str) -> errors.InvalidUpload:
    with pytest.raises(errors.InvalidUpload) as refused:
        take(UPLOADS[upload][1]())
    return refused.value


def _first_of_each(*without: Kind) -> dict[Kind, str]:
    first = {kind: upload for upload, (kind, _) in reversed(UPLOADS.items())}
    return {kind: upload for kind, upload in first.items() if kind not in without}


TAKES = [(kinds.csr_der, Kind.CSR), (kinds.certificate_der, Kind.PUSH_CERTIFICATE)]


@pytest.mark.parametrize(("take", "kind"), TAKES)
def test_every_other_kind_is_refused_with_a_sentence_of_its_own(
    take: Callable[[bytes], bytes], kind: Kind
) -> None:
    refused = {
        kind: _refusal(take, upload).sentence for kind, upload in _first_of_each(kind).items()
    }

    assert len(set(refused.values())) == len(refused)
    assert all(sentence.endswith((".", "…")) for sentence in refused.values())


@pytest.mark.parametrize(
    ("name", "extensions", "is_vendors"),
    [
        (made.VENDOR, made.VENDOR_EXTENSIONS, True),
        (made.VENDOR, (), True),
        (made.name(CN="Acme"), made.VENDOR_EXTENSIONS, True),
        (made.name(CN="Acme"), (), False),
    ],
)
def test_a_vendor_certificate_is_known_by_its_name_or_its_marker(
    name: x509.Name, extensions: made.Extensions, *, is_vendors: bool
) -> None:
    one = made.issue(name, "vendor", by=authority().wwdr, extensions=extensions)

    assert kinds.is_vendor_certificate(one) is is_vendors


def test_a_csr_as_der_whose_subject_spells_pem_is_taken_whole() -> None:
    hostile = made.csr(subject=made.name(O="-----BEGIN A-----MIIB", OU="-----END A-----"))

    assert kinds.csr_der(hostile) == hostile


def test_a_csr_as_der_whose_subject_spells_half_a_block_is_taken_whole() -> None:
    hostile = made.csr(subject=made.name(O="-----BEGIN A-----"))

    assert kinds.csr_der(hostile) == hostile


@pytest.mark.parametrize(("take", "kind"), TAKES)
def test_what_is_wanted_is_given_as_der(take: Callable[[bytes], bytes], kind: Kind) -> None:
    uploads = [make() for made_kind, make in UPLOADS.values() if made_kind is kind]

    taken = [take(upload) for upload in uploads]

    assert len(taken) > 1
    assert {one[:1] for one in taken} == {b"\x30"}


@pytest.mark.parametrize(
    ("upload", "error", "says"),
    [
        ("nothing", errors.EmptyUpload, "is empty"),
        ("one byte over the limit", errors.UploadTooLarge, "64 KB"),
        ("PKCS#8", errors.PrivateKeyUploaded, "consider it exposed"),
        ("encrypted PKCS#8", errors.PrivateKeyUploaded, "encrypted private key"),
        ("PKCS#12", errors.PrivateKeyUploaded, "holds a private key"),
        ("a CSR", errors.WrongKind, "This is a CSR"),
        ("a signed request", errors.WrongKind, "Upload it at Apple's portal first"),
        ("a vendor certificate", errors.WrongKind, "vendor's certificate"),
        ("a chain", errors.WrongKind, "several certificates"),
        ("a letter", errors.WrongKind, "text, but no PEM"),
        ("zeros", errors.WrongKind, "holds nothing but zero bytes"),
        ("an archive", errors.WrongKind, "holds: push.csr (a CSR). No push certificate was found"),
        ("an archive of noise", errors.WrongKind, "empty or damaged: no file in it can be read"),
        ("an archive with a key", errors.PrivateKeyUploaded, "with a private key in it"),
    ],
)
def test_in_place_of_a_certificate(
    upload: str, error: type[errors.InvalidUpload], says: str
) -> None:
    refused = _refusal(kinds.certificate_der, upload)

    assert type(refused) is error
    assert says in refused.sentence


@pytest.mark.parametrize(
    ("upload", "error", "says"),
    [
        ("a push certificate", errors.WrongKind, "belongs on the page of the CSR"),
        ("a signed request", errors.WrongKind, "It is already signed"),
        ("a key after the CSR", errors.PrivateKeyUploaded, "make a new key and CSR"),
        ("two CSRs", errors.WrongKind, "one CSR at a time"),
        ("an archive", errors.WrongKind, "holds: push.csr (a CSR). Unpack it and upload the CSR"),
    ],
)
def test_in_place_of_a_csr(upload: str, error: type[errors.InvalidUpload], says: str) -> None:
    refused = _refusal(kinds.csr_der, upload)

    assert type(refused) is error
    assert says in refused.sentence


def test_nothing_of_a_private_key_enters_the_refusal() -> None:
    refused = _refusal(kinds.csr_der, "PKCS#8")

    assert refused.args == (refused.sentence,)
    assert refused.__cause__ is None
    assert "MII" not in refused.sentence


def _refused_archive(take: Callable[[bytes], bytes], **more: bytes) -> str:
    with pytest.raises(errors.WrongKind) as refused:
        take(archive(**more))
    return refused.value.sentence


def test_a_certificate_in_an_archive_is_to_be_unpacked() -> None:
    said = _refused_archive(kinds.certificate_der, **{"push.pem": push_pem()})

    assert "push.csr (a CSR), push.pem (a push certificate). Unpack it" in said


def test_each_file_in_an_archive_is_told_with_what_it_is() -> None:
    files = {f"file-{kind}": make() for kind, make in UPLOADS.values()}
    harmless = {name: data for name, data in files.items() if len(data) < kinds.UPLOAD_LIMIT}

    for name, data in harmless.items():
        if kinds.recognise(data) not in kinds.SECRET:
            assert f"{name} (" in _refused_archive(kinds.certificate_der, **{name: data})


def test_an_archive_in_an_archive_is_named_and_not_opened() -> None:
    said = _refused_archive(kinds.certificate_der, **{"more.zip": archive()})

    assert "more.zip (another ZIP archive). No push certificate" in said


def test_the_names_in_an_archive_are_told_fit_to_be_read() -> None:
    said = _refused_archive(
        kinds.certificate_der, **{f"a\u202e{number}" + "x" * 80: b"-" for number in range(9)}
    )

    names = said.partition("holds: ")[2].partition(". No")[0].split(", ")
    assert names[0] == "push.csr (a CSR)"
    assert names[-1] == "…"
    assert len(names) == 6
    assert all(len(name) < 80 and name.isprintable() for name in names)


def test_an_archive_that_unpacks_to_much_is_read_no_further_than_the_limit() -> None:
    begin = time.process_time()

    kinds.recognise(archive(film=b"\0" * 50_000_000))

    assert time.process_time() - begin < 1


def test_the_limit_itself_is_no_excess() -> None:
    padded = csr_pem() + b"\n" * (kinds.UPLOAD_LIMIT - len(csr_pem()))

    assert kinds.recognise(padded) is Kind.CSR


@pytest.mark.parametrize("unit", [b"-----BEGIN A-----", b"BEGIN ", b"\x30\x80", b"-----", b"0\x84"])
def test_a_file_made_to_be_slow_is_not(unit: bytes) -> None:
    data = (unit * kinds.UPLOAD_LIMIT)[: kinds.UPLOAD_LIMIT]
    begin = time.process_time()

    kinds.recognise(data)

    assert time.process_time() - begin < 0.5
