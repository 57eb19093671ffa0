"""Chains and vendor signatures that the stand-in refuses, each with Apple's sentence."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from pushportal.sandbox import keyring, profiles
from pushportal.sandbox.authority import Authority
from pushportal.sandbox.errors import SignatureRefused, VendorExpired
from pushportal.sandbox.keyring import Member
from tests.sandbox.signed import SignedRequest, csr_der, some_key

PUSH_REQUEST = Callable[[SignedRequest], bytes]


def _blocks(order: Callable[[list[str]], list[str]]) -> PUSH_REQUEST:
    return lambda signed: signed.encode(PushCertCertificateChain="".join(order(signed.blocks)))


def _sha1_signature(signed: SignedRequest) -> bytes:
    signed.signature = signed.sign(hashes.SHA1())  # noqa: S303 - to be refused
    return signed.encode()


def _foreign_signature(signed: SignedRequest) -> bytes:
    signed.signature = some_key().sign(signed.csr, PKCS1v15(), hashes.SHA256())
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
    own = key or some_key()
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
    ring, key = signed.apple.keyring, some_key()
    genuine = profiles.wwdr(key.public_key(), ring.root.key.public_key())
    kept = [extension for extension in genuine if extension.value.oid != without]
    return _made(signed, kept, by=ring.root, key=key, lasts=lasts)


def _leaf(
    signed: SignedRequest, by: Member, *replaced: profiles.Extension, **dates: timedelta
) -> Member:
    key = some_key()
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
    wwdr, key = signed.apple.keyring.wwdr, some_key()
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
    vendor_key = some_key()
    der = apple.issue_vendor(csr_der(vendor_key), vendor="Umlaut Geräte AG", not_before=now)
    vendor = Member(x509.load_der_x509_certificate(der), vendor_key)

    data = _vouched_by(signed, vendor, apple.keyring.wwdr)

    row = apple.create(data, account="ada@acme.example", now=now)
    assert row.filename == "MDM_ Umlaut Geräte AG_Certificate.pem"
