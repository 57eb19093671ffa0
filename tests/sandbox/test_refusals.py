"""What the stand-in refuses, with Apple's sentences, and what it lets through."""

import base64
import plistlib
from collections.abc import Callable
from datetime import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from pushportal.sandbox.authority import Authority
from pushportal.sandbox.errors import InvalidRequest, Refused
from tests.sandbox.signed import SignedRequest, csr_der, some_key

PUSH_REQUEST = Callable[[SignedRequest], bytes]


def test_a_good_request_is_taken(apple: Authority, signed: SignedRequest, now: datetime) -> None:
    csr = apple.check(signed.encode(), now=now)

    assert csr.public_bytes(Encoding.DER) == signed.csr


def test_a_request_whose_base64_is_wrapped_is_taken(
    apple: Authority, signed: SignedRequest, now: datetime
) -> None:
    wrapped = base64.encodebytes(base64.b64decode(signed.encode())).replace(b"\n", b"\r\n")

    csr = apple.check(wrapped, now=now)

    assert csr.public_bytes(Encoding.DER) == signed.csr


def test_a_csr_without_country_and_one_with_sha_384_are_taken(
    apple: Authority, now: datetime
) -> None:
    for csr in (csr_der(O="Acme"), csr_der(digest=hashes.SHA384())):
        taken = apple.check(SignedRequest(apple, csr).encode(), now=now)

        assert taken.public_bytes(Encoding.DER) == csr


def _raw_csr_pem(signed: SignedRequest) -> bytes:
    return x509.load_der_x509_csr(signed.csr).public_bytes(Encoding.PEM)


def _pem_body_of_the_csr(signed: SignedRequest) -> bytes:
    return b"".join(_raw_csr_pem(signed).splitlines()[1:-1])


def _plist(signed: SignedRequest) -> bytes:
    return base64.b64decode(signed.encode())


def _with_numbered_newlines(signed: SignedRequest) -> bytes:
    plist = _plist(signed).replace(b"-----\n", b"-----&#xA;")
    return base64.b64encode(plist)


def _without_doctype(signed: SignedRequest) -> bytes:
    lines = _plist(signed).split(b"\n")
    return base64.b64encode(b"\n".join(line for line in lines if b"DOCTYPE" not in line))


def _cut_short(signed: SignedRequest) -> bytes:
    return base64.b64encode(_plist(signed)[:-100])


def _with_unknown_encoding(signed: SignedRequest) -> bytes:
    return base64.b64encode(_plist(signed).replace(b"UTF-8", b"KOI-99"))


def _of_76_columns(signed: SignedRequest) -> bytes:
    chain = ""
    for pem in signed.blocks:
        body = "".join(pem.splitlines()[1:-1])
        lines = [body[at : at + 76] for at in range(0, len(body), 76)]
        chain += "\n".join(("-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""))
    return signed.encode(PushCertCertificateChain=chain)


def _with_a_short_line(signed: SignedRequest) -> bytes:
    first, second, rest = signed.chain.split("\n", 2)
    return signed.encode(
        PushCertCertificateChain=f"{first}\n{second[:60]}\n{second[60:]}\n{rest}",
    )


def _chain(change: Callable[[str], str]) -> PUSH_REQUEST:
    return lambda signed: signed.encode(PushCertCertificateChain=change(signed.chain))


def _csr(make: Callable[[], bytes]) -> PUSH_REQUEST:
    return lambda signed: SignedRequest(signed.apple, make()).encode()


def _value(name: str, change: Callable[[str], object]) -> PUSH_REQUEST:
    return lambda signed: signed.encode(**{name: change(str(signed.values()[name]))})


def _rsa(bits: int, exponent: int = 65537) -> rsa.RSAPrivateKey:
    # Small and odd keys are the point here: they must be refused.
    return rsa.generate_private_key(exponent, bits)


def _broken_csr() -> bytes:
    der = csr_der()
    return der[:-1] + bytes([der[-1] ^ 1])


def _sha1_csr() -> bytes:
    """A CSR whose algorithm identifiers say SHA-1; what the signature holds no longer matters."""
    sha_256, sha_1 = (bytes.fromhex(f"2a864886f70d0101{last}") for last in ("0b", "05"))
    return csr_der().replace(sha_256, sha_1)


WRONG_FORM: dict[str, PUSH_REQUEST] = {
    "nothing": lambda _: b"",
    "blanks": lambda _: b" \r\n",
    "a raw CSR in PEM": _raw_csr_pem,
    "a raw CSR in DER": lambda signed: signed.csr,
    "the base64 of a CSR": _pem_body_of_the_csr,
    "the plist without its base64": _plist,
    "a binary plist": lambda signed: base64.b64encode(
        plistlib.dumps(signed.values(), fmt=plistlib.FMT_BINARY)
    ),
    "too much": lambda signed: signed.encode(PushCertSignature="A" * 70_000),
    "no DOCTYPE": _without_doctype,
    "newlines as numbers": _with_numbered_newlines,
    "half a plist": _cut_short,
    "an encoding that nobody knows": _with_unknown_encoding,
    "a fourth key": lambda signed: signed.encode(Comment="hello"),
    "a list instead of the keys": lambda _: base64.b64encode(plistlib.dumps(["a"])),
    "a value as data": lambda signed: signed.encode(PushCertSignature=signed.signature),
    "a space before a value": _value("PushCertRequestCSR", " {}".format),
    "a line break in a value": _value("PushCertSignature", lambda v: f"{v[:64]}\n{v[64:]}"),
    "an empty value": _value("PushCertSignature", lambda _: ""),
    "letters that are no base64": _value("PushCertSignature", lambda v: f"ü{v}"),
    "bits to spare in the base64": _value("PushCertSignature", lambda v: f"{v[:-3]}9=="),
    "no CSR in the place of the CSR": _value("PushCertRequestCSR", lambda _: "AAAA"),
    "76 columns": _of_76_columns,
    "a line of 60 columns": _with_a_short_line,
    "glued blocks": _chain(lambda pem: pem.replace("-----\n-----", "----------")),
    "no line break at the end": _chain(str.rstrip),
    "text between the blocks": _chain(lambda pem: pem.replace("-----\n-----", "-----\nA\n-----")),
    "an empty chain": _chain(lambda _: ""),
    "a certificate that is none": _chain(
        lambda _: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    ),
    "a CSR with more behind it": _csr(lambda: csr_der() + b"\x00"),
    "a CSR for an EC key": _csr(lambda: csr_der(ec.generate_private_key(ec.SECP256R1()))),
    "a CSR of 1024 bits": _csr(lambda: csr_der(_rsa(1024))),
    "a CSR of 3072 bits": _csr(lambda: csr_der(_rsa(3072))),
    "a CSR with e = 3": _csr(lambda: csr_der(_rsa(2048, 3))),
    "a CSR with SHA-1": _csr(_sha1_csr),
    "a CSR with a broken signature": _csr(_broken_csr),
}


@pytest.mark.parametrize("name", WRONG_FORM)
def test_a_wrong_form_is_an_invalid_request(
    name: str, apple: Authority, signed: SignedRequest, now: datetime
) -> None:
    data = WRONG_FORM[name](signed)

    with pytest.raises(InvalidRequest, match=r"correct format and not empty") as refused:
        apple.check(data, now=now)

    assert refused.value.title == "Invalid Certificate Signing Request"
    assert refused.value.reason


def test_no_cut_of_a_good_request_is_an_error_of_ours(
    apple: Authority, signed: SignedRequest, now: datetime
) -> None:
    plist = base64.b64decode(signed.encode())

    for length in range(0, len(plist) - 10, 97):
        with pytest.raises(Refused):
            apple.check(base64.b64encode(plist[:length]), now=now)


# The library warns and goes on; the certificate could not be made.
@pytest.mark.filterwarnings("ignore:Attribute's length must be")
@pytest.mark.parametrize("countries", [["DEU"], ["DE", "FR"]])
def test_a_country_that_no_certificate_could_carry_is_refused(
    countries: list[str], apple: Authority, now: datetime
) -> None:
    names = [
        x509.NameAttribute(x509.NameOID.COUNTRY_NAME, country, _validate=False)
        for country in countries
    ]
    builder = x509.CertificateSigningRequestBuilder(x509.Name(names))
    der = builder.sign(some_key(), hashes.SHA256()).public_bytes(Encoding.DER)

    with pytest.raises(InvalidRequest) as refused:
        apple.check(SignedRequest(apple, der).encode(), now=now)

    assert "country" in refused.value.reason
