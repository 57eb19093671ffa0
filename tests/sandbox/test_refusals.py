"""What the stand-in refuses, with Apple's sentences, and what it lets through."""

import base64
import plistlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding

from pushportal.sandbox import keyring, profiles
from pushportal.sandbox.authority import Authority
from pushportal.sandbox.errors import InvalidRequest, Refused, SignatureRefused, VendorExpired
from pushportal.sandbox.keyring import Member
from tests.sandbox.signed import SignedRequest, csr_der

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
    "nothing": lambda signed: b"",
    "blanks": lambda signed: b" \r\n",
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
    "a list instead of the keys": lambda signed: base64.b64encode(plistlib.dumps(["a"])),
    "a value as data": lambda signed: signed.encode(PushCertSignature=signed.signature),
    "a space before a value": _value("PushCertRequestCSR", " {}".format),
    "a line break in a value": _value("PushCertSignature", lambda v: f"{v[:64]}\n{v[64:]}"),
    "an empty value": _value("PushCertSignature", lambda v: ""),
    "letters that are no base64": _value("PushCertSignature", lambda v: f"ü{v}"),
    "bits to spare in the base64": _value("PushCertSignature", lambda v: f"{v[:-3]}9=="),
    "no CSR in the place of the CSR": _value("PushCertRequestCSR", lambda v: "AAAA"),
    "76 columns": _of_76_columns,
    "a line of 60 columns": _with_a_short_line,
    "glued blocks": _chain(lambda pem: pem.replace("----------", "-----")),
    "blocks without a line break between": _chain(
        lambda pem: pem.replace("-----\n-----", "----------")
    ),
    "no line break at the end": _chain(str.rstrip),
    "CRLF in the chain": _chain(lambda pem: pem.replace("\n", "\r\n")),
    "text between the blocks": _chain(lambda pem: pem.replace("-----\n-----", "-----\nA\n-----")),
    "an empty chain": _chain(lambda pem: ""),
    "a certificate that is none": _chain(
        lambda pem: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
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


def _blocks(order: Callable[[list[str]], list[str]]) -> PUSH_REQUEST:
    return lambda signed: signed.encode(PushCertCertificateChain="".join(order(signed.blocks)))


def _sha1_signature(signed: SignedRequest) -> bytes:
    signed.signature = signed.sign(hashes.SHA1())
    return signed.encode()


def _foreign_signature(signed: SignedRequest) -> bytes:
    signed.signature = _rsa(2048).sign(signed.csr, PKCS1v15(), hashes.SHA256())
    return signed.encode()


def _another_csr(signed: SignedRequest) -> bytes:
    signed.csr = csr_der()
    return signed.encode()


def _of_another_authority(signed: SignedRequest, *, root: bool, wwdr: bool) -> bytes:
    """Certificates of the same names by other keys: only bytes and signatures tell."""
    stranger = keyring._make(vendor="Example MDM GmbH & Co. KG", now=datetime.now(UTC))
    first, second, third = signed.blocks
    chain = first + (stranger.wwdr.pem if wwdr else second) + (stranger.root.pem if root else third)
    return signed.encode(PushCertCertificateChain=chain)


def _vouched_by(signed: SignedRequest, *members: Member) -> bytes:
    """Signed by the first member's key, the chain being all of them and the root."""
    signed.key = members[0].key
    signed.signature = signed.sign(hashes.SHA256())
    chain = "".join(member.pem for member in members) + signed.apple.keyring.root.pem
    return signed.encode(PushCertCertificateChain=chain)


def _made(
    signed: SignedRequest,
    extensions: list[profiles.Extension],
    *,
    by: Member,
    key: rsa.RSAPrivateKey | None = None,
    starts: timedelta = timedelta(days=-2),
    lasts: timedelta = timedelta(days=365),
    name: x509.Name = profiles.WWDR_NAME,
) -> Member:
    own = key or _rsa(2048)
    begin = datetime.now(UTC) + starts
    return Member(
        keyring.certify(
            name,
            own.public_key(),
            extensions,
            issuer=by.certificate.subject,
            issuer_key=by.key,
            between=(begin, begin + lasts),
            serial=7,
        ),
        own,
    )


def _wwdr(
    signed: SignedRequest,
    without: x509.ObjectIdentifier | None = None,
    lasts: timedelta = timedelta(days=365),
) -> Member:
    ring, key = signed.apple.keyring, _rsa(2048)
    genuine = profiles.wwdr(key.public_key(), ring.root.key.public_key())
    kept = [extension for extension in genuine if extension.value.oid != without]
    return _made(signed, kept, by=ring.root, key=key, lasts=lasts)


def _leaf(
    signed: SignedRequest, by: Member, *replaced: profiles.Extension, **dates: timedelta
) -> Member:
    key = _rsa(2048)
    oids = {extension.value.oid for extension in replaced}
    genuine = profiles.vendor(key.public_key(), by.key.public_key())
    kept = [extension for extension in genuine if extension.value.oid not in oids]
    name = profiles.vendor_name("Odd", team="ODD", country="US")
    return _made(signed, [*kept, *replaced], by=by, key=key, name=name, **dates)


def _by_odd_wwdr(
    without: x509.ObjectIdentifier | None = None, lasts: timedelta = timedelta(days=365)
) -> PUSH_REQUEST:
    def spoil(signed: SignedRequest) -> bytes:
        wwdr = _wwdr(signed, without, lasts)
        return _vouched_by(signed, _leaf(signed, wwdr), wwdr)

    return spoil


def _by_odd_leaf(*replaced: profiles.Extension, **dates: timedelta) -> PUSH_REQUEST:
    def spoil(signed: SignedRequest) -> bytes:
        wwdr = signed.apple.keyring.wwdr
        return _vouched_by(signed, _leaf(signed, wwdr, *replaced, **dates), wwdr)

    return spoil


def _by_push_ca(signed: SignedRequest) -> bytes:
    push_ca = signed.apple.keyring.push_ca
    return _vouched_by(signed, _leaf(signed, push_ca), push_ca)


def _by_sha_384_leaf(signed: SignedRequest) -> bytes:
    wwdr, key = signed.apple.keyring.wwdr, _rsa(2048)
    begin = datetime.now(UTC) - timedelta(days=1)
    builder = x509.CertificateBuilder(
        issuer_name=wwdr.certificate.subject,
        subject_name=profiles.vendor_name("Odd", team="ODD", country="US"),
        public_key=key.public_key(),
        serial_number=7,
        not_valid_before=begin,
        not_valid_after=begin + timedelta(days=30),
    )
    return _vouched_by(signed, Member(builder.sign(wwdr.key, hashes.SHA384()), key), wwdr)


def _by_ec_leaf(signed: SignedRequest) -> bytes:
    wwdr = signed.apple.keyring.wwdr
    public_key = ec.generate_private_key(ec.SECP256R1()).public_key()
    begin = datetime.now(UTC) - timedelta(days=1)
    builder = x509.CertificateBuilder(
        issuer_name=wwdr.certificate.subject,
        subject_name=profiles.vendor_name("Odd", team="ODD", country="US"),
        public_key=public_key,
        serial_number=7,
        not_valid_before=begin,
        not_valid_after=begin + timedelta(days=30),
    )
    leaf = builder.sign(wwdr.key, hashes.SHA256())
    return _vouched_by(signed, Member(leaf, signed.key), wwdr)


CA = profiles.Extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
NOT_FOR_SIGNATURES = profiles.Extension(profiles._usage("key_encipherment"), critical=True)

WRONG_SIGNATURE: dict[str, tuple[PUSH_REQUEST, str]] = {
    "another order": (_blocks(lambda c: [c[0], c[2], c[1]]), "does not end with"),
    "the whole order reversed": (_blocks(lambda c: c[::-1]), "does not end with"),
    "no root": (_blocks(lambda c: c[:2]), "has 2 certificates"),
    "no intermediate": (_blocks(lambda c: [c[0], c[2]]), "has 2 certificates"),
    "no vendor certificate": (_blocks(lambda c: c[1:]), "has 2 certificates"),
    "a stray certificate": (_blocks(lambda c: [c[0], c[1], c[1], c[2]]), "has 4 certificates"),
    "the intermediate in place of the vendor": (
        _blocks(lambda c: [c[1], c[1], c[2]]),
        "does not name the next",
    ),
    "a look-alike root": (
        lambda signed: _of_another_authority(signed, root=True, wwdr=False),
        "does not end with",
    ),
    "a look-alike intermediate": (
        lambda signed: _of_another_authority(signed, root=False, wwdr=True),
        "was not signed by",
    ),
    "a signature with SHA-1": (_sha1_signature, "with SHA-256"),
    "a foreign signature": (_foreign_signature, "with SHA-256"),
    "another CSR than the signed one": (_another_csr, "over this CSR"),
    "an intermediate that is no CA": (
        _by_odd_wwdr(x509.BasicConstraints.oid),
        "is not a CA",
    ),
    "an intermediate that may not sign": (_by_odd_wwdr(x509.KeyUsage.oid), "may not sign"),
    "an intermediate without WWDR's mark": (_by_odd_wwdr(profiles.WWDR_MARKER), "not the WWDR"),
    "an intermediate that ended": (_by_odd_wwdr(lasts=timedelta(days=1)), "outside its dates"),
    "a vendor certificate by the push CA": (_by_push_ca, "not the WWDR"),
    "a CA as vendor": (_by_odd_leaf(CA), "is a CA"),
    "a vendor that may not sign": (_by_odd_leaf(NOT_FOR_SIGNATURES), "may not make signatures"),
    "a vendor from tomorrow": (_by_odd_leaf(starts=timedelta(days=1)), "not valid yet"),
    "a vendor certificate without SHA-256": (_by_sha_384_leaf, "not signed with SHA-256"),
    "a vendor with an EC key": (_by_ec_leaf, "not RSA"),
}


@pytest.mark.parametrize("name", WRONG_SIGNATURE)
def test_a_chain_or_signature_that_does_not_hold_is_refused(
    name: str, apple: Authority, signed: SignedRequest, now: datetime
) -> None:
    spoil, reason = WRONG_SIGNATURE[name]
    data = spoil(signed)

    with pytest.raises(SignatureRefused, match=r"the signature is invalid\. \(-80018\)") as refused:
        apple.check(data, now=now)

    assert refused.value.title == "Certificate Signature Verification failed"
    assert reason in refused.value.reason


def test_an_expired_vendor_certificate_has_a_sentence_of_its_own(
    apple: Authority, signed: SignedRequest
) -> None:
    later = datetime.now(UTC) + timedelta(days=366)

    with pytest.raises(VendorExpired, match="because the signing certificate is expired"):
        apple.check(signed.encode(), now=later)


def test_another_vendor_certificate_of_this_authority_is_taken(
    apple: Authority, signed: SignedRequest, now: datetime
) -> None:
    vendor_key = _rsa(2048)
    der = apple.issue_vendor(csr_der(vendor_key), vendor="Umlaut Geräte AG")
    vendor = Member(x509.load_der_x509_certificate(der), vendor_key)

    data = _vouched_by(signed, vendor, apple.keyring.wwdr)

    row = apple.create(data, account="ada@acme.example", now=now)
    assert row.filename == "MDM_ Umlaut Geräte AG_Certificate.pem"


def test_no_cut_of_a_good_request_is_an_error_of_ours(
    apple: Authority, signed: SignedRequest, now: datetime
) -> None:
    plist = base64.b64decode(signed.encode())

    for length in range(0, len(plist) - 10, 97):
        with pytest.raises(Refused):
            apple.check(base64.b64encode(plist[:length]), now=now)


@pytest.mark.parametrize("countries", [["DEU"], ["DE", "FR"]])
def test_a_country_that_no_certificate_could_carry_is_refused(
    countries: list[str], apple: Authority, now: datetime
) -> None:
    names = [
        x509.NameAttribute(x509.NameOID.COUNTRY_NAME, country, _validate=False)
        for country in countries
    ]
    builder = x509.CertificateSigningRequestBuilder(x509.Name(names))
    der = builder.sign(_rsa(2048), hashes.SHA256()).public_bytes(Encoding.DER)

    with pytest.raises(InvalidRequest) as refused:
        apple.check(SignedRequest(apple, der).encode(), now=now)

    assert "country" in refused.value.reason
