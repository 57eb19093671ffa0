"""Signed requests that Apple refuses: each damaged in one way, with what the refusal must say."""

import base64
import plistlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding

from onboarding import errors
from onboarding.pki import pem
from onboarding.pki.chain import Chain
from onboarding.pki.push_request import PushCertificateRequest
from tests.pki import authority as made
from tests.pki.authority import NOW, Issuer, authority

VECTORS = Path(__file__).parent / "vectors"


@dataclass(frozen=True)
class Damage:
    make: Callable[[], bytes]
    error: type[errors.PortalError]
    says: str


def plist(
    *,
    csr: bytes | None = None,
    chain: str | None = None,
    signature: bytes | None = None,
    **more: object,
) -> bytes:
    """The XML of a good request, with some parts put in place of its own."""
    csr = made.csr() if csr is None else csr
    signature = made.sign(csr) if signature is None else signature
    values = {
        "PushCertRequestCSR": base64.b64encode(csr).decode(),
        "PushCertCertificateChain": Chain(authority().chain).pem if chain is None else chain,
        "PushCertSignature": base64.b64encode(signature).decode(),
    }
    return plistlib.dumps({**values, **more})


def chain_of(*certificates: x509.Certificate) -> bytes:
    return base64.b64encode(plist(chain=Chain(certificates).pem))


def good() -> bytes:
    csr = made.csr()
    return PushCertificateRequest(csr, Chain(authority().chain), made.sign(csr)).encode()


def in_columns(columns: int) -> str:
    """The good chain, its lines of another length."""
    blocks = []
    for one in authority().chain:
        body = base64.b64encode(one.public_bytes(Encoding.DER)).decode()
        lines = [body[at : at + columns] for at in range(0, len(body), columns)]
        blocks += ["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----"]
    return "\n".join([*blocks, ""])


def _with_chain(change: Callable[[str], str]) -> Callable[[], bytes]:
    return lambda: base64.b64encode(plist(chain=change(Chain(authority().chain).pem)))


def _with_xml(old: bytes, new: bytes) -> Callable[[], bytes]:
    return lambda: base64.b64encode(plist().replace(old, new))


def _order(*places: int) -> Callable[[], bytes]:
    return lambda: chain_of(*(authority().chain[place] for place in places))


def _stray() -> bytes:
    vendor, wwdr, root = authority().chain
    return chain_of(vendor, wwdr, authority().push_ca.certificate, root)


def _other_root() -> bytes:
    vendor, wwdr, _ = authority().chain
    return chain_of(vendor, wwdr, made.root("look-alike").certificate)


def _other_wwdr() -> bytes:
    """Signed by a look-alike root, and under it the genuine vendor certificate and root."""
    vendor, _, root = authority().chain
    return chain_of(vendor, made.wwdr(made.root("look-alike"), "false").certificate, root)


def _false_wwdr_certificate() -> bytes:
    """A look-alike intermediate with a vendor certificate of its own, under the genuine root."""
    wwdr = made.wwdr(made.root("look-alike"), "false")
    return chain_of(made.vendor(wwdr), wwdr.certificate, authority().root.certificate)


def _whole_other_chain() -> bytes:
    root = made.root("look-alike")
    wwdr = made.wwdr(root, "false")
    return chain_of(made.vendor(wwdr), wwdr.certificate, root.certificate)


def _expired() -> bytes:
    begin, end = NOW - timedelta(days=400), NOW - timedelta(days=35)
    vendor = made.vendor(authority().wwdr, begin=begin, end=end)
    return chain_of(vendor, *authority().chain[1:])


def _not_yet() -> bytes:
    vendor = made.vendor(authority().wwdr, begin=NOW + timedelta(days=5))
    return chain_of(vendor, *authority().chain[1:])


def _sha1_vendor() -> bytes:
    vendor = made.with_sha1(authority().vendor, authority().wwdr)
    return chain_of(vendor, *authority().chain[1:])


def _sha1_wwdr() -> bytes:
    vendor, wwdr, root = authority().chain
    return chain_of(vendor, made.with_sha1(wwdr, authority().root), root)


def _issued_by_a_vendor() -> bytes:
    """A certificate that a vendor's own key signed: no CA stands between it and WWDR."""
    upper = Issuer(authority().vendor, "vendor")
    return chain_of(made.push(upper, "other"), *authority().chain)


def _sha1_signature() -> bytes:
    csr = made.csr()
    signature = made.key("vendor").sign(csr, padding.PKCS1v15(), SHA1())  # noqa: S303 - refused
    return base64.b64encode(plist(signature=signature))


def _csr(name: str) -> Callable[[], bytes]:
    der = pem.blocks((VECTORS / name).read_text())[0].der
    return lambda: base64.b64encode(plist(csr=der))


_REQUEST, _CHAIN = errors.InvalidPushRequest, errors.InvalidChain
DAMAGES = {
    "wrong order": Damage(_order(0, 2, 1), _CHAIN, "wrong order"),
    "root first": Damage(_order(2, 1, 0), _CHAIN, "wrong order"),
    "no root": Damage(_order(0, 1), _CHAIN, "root certificate is missing"),
    "no intermediate": Damage(_order(0, 2), _CHAIN, "intermediate certificate is missing"),
    "no vendor certificate": Damage(_order(1, 2), _CHAIN, "holds no vendor certificate"),
    "only the vendor certificate": Damage(_order(0), _CHAIN, "intermediate .* is missing"),
    "root twice": Damage(_order(0, 1, 2, 2), _CHAIN, "does not belong in it: Apple Root CA"),
    "stray certificate": Damage(_stray, _CHAIN, "does not belong in it: Apple Application"),
    "look-alike root": Damage(_other_root, _CHAIN, "root is a look-alike"),
    "look-alike intermediate": Damage(_other_wwdr, _CHAIN, "not signed by Apple Root CA"),
    "intermediate of a look-alike root": Damage(
        _false_wwdr_certificate, _CHAIN, "not signed by Apple Root CA"
    ),
    "look-alike chain": Damage(_whole_other_chain, _CHAIN, "root is a look-alike"),
    "expired vendor certificate": Damage(_expired, _CHAIN, "MDM Vendor: Acme MDM expired on"),
    "vendor certificate of tomorrow": Damage(_not_yet, _CHAIN, "is not valid until"),
    "SHA-1 vendor certificate": Damage(_sha1_vendor, _CHAIN, "Acme MDM is signed with SHA1"),
    "SHA-1 intermediate": Damage(_sha1_wwdr, _CHAIN, r"\(G3\) is signed with SHA1"),
    "a vendor as issuer": Damage(_issued_by_a_vendor, _CHAIN, "Acme MDM may not issue"),
    "no certificate": Damage(_with_chain(lambda _: "none\n"), _CHAIN, "holds no PEM certificate"),
    "empty chain": Damage(_with_chain(lambda _: ""), _CHAIN, "chain is empty"),
    "76 columns": Damage(_with_chain(lambda _: in_columns(76)), _CHAIN, "longer than 64"),
    "one long line": Damage(_with_chain(lambda _: in_columns(9999)), _CHAIN, "longer than 64"),
    "60 columns": Damage(_with_chain(lambda _: in_columns(60)), _CHAIN, "a line is too short"),
    "glued PEM blocks": Damage(
        _with_chain(lambda text: text.replace("-----\n-----", "----------")), _CHAIN, "glued"
    ),
    "no line feed at the end": Damage(_with_chain(str.rstrip), _CHAIN, "glued"),
    "text between the blocks": Damage(
        _with_chain(lambda text: "Bag Attributes\n" + text), _CHAIN, "something beside"
    ),
    "damaged certificate": Damage(
        _with_chain(lambda text: text.replace("MII", "AII", 1)), _CHAIN, "is damaged"
    ),
    "CRLF": Damage(_with_xml(b"\n", b"\r\n"), _REQUEST, "Windows line ends"),
    "line ends as numbers": Damage(_with_xml(b"-----\nM", b"-----&#xA;M"), _REQUEST, "as numbers"),
    "foreign signature": Damage(
        lambda: base64.b64encode(plist(signature=made.sign(made.csr(), "other"))),
        _REQUEST,
        "not made with the key of the vendor certificate",
    ),
    "signature of another CSR": Damage(
        lambda: base64.b64encode(plist(signature=made.sign(made.csr("other")))),
        _REQUEST,
        "over another CSR",
    ),
    "SHA-1 signature": Damage(_sha1_signature, _REQUEST, "made with SHA-1"),
    "no signature": Damage(
        lambda: base64.b64encode(plist(signature=b"")), _REQUEST, "not made with the key"
    ),
    "space before a value": Damage(
        _with_xml(b"<string>MII", b"<string> MII"), _REQUEST, "PushCertRequestCSR is not plain"
    ),
    "a fourth key": Damage(
        lambda: base64.b64encode(plist(Version="1")), _REQUEST, "exactly three texts"
    ),
    "a missing key": Damage(
        _with_xml(b"PushCertSignature", b"PushCertSign"), _REQUEST, "exactly three texts"
    ),
    "other document type": Damage(
        _with_xml(b"-//Apple//DTD", b"-//Other//DTD"), _REQUEST, "document type"
    ),
    "plist without base64": Damage(plist, _REQUEST, "is not base64"),
    "CSR with a broken signature": Damage(
        _csr("broken_signature.pem"), errors.InvalidCSR, "own signature is broken"
    ),
    "CSR with SHA-1": Damage(_csr("sha1.pem"), errors.InvalidCSR, "signed with SHA-1"),
    "CSR with EC": Damage(_csr("ec_p256.pem"), errors.UnfitKey, "not RSA but EC"),
    "CSR with 1024 bits": Damage(_csr("rsa_1024.pem"), errors.UnfitKey, "has 1024 bits"),
    "CSR as PEM": Damage(
        lambda: base64.b64encode(plist(csr=pem.encode("CERTIFICATE REQUEST", made.csr()).encode())),
        _REQUEST,
        "is PEM",
    ),
    "no CSR": Damage(lambda: base64.b64encode(plist(csr=b"")), errors.EmptyUpload, "empty"),
}


def _unknown_critical() -> bytes:
    more = (*made.VENDOR_EXTENSIONS, (made.private("1.2.3.4.5"), True))
    vendor = made.vendor(authority().wwdr, extensions=more)
    return chain_of(vendor, *authority().chain[1:])


def _vendors_own_key() -> bytes:
    return base64.b64encode(plist(csr=made.csr("vendor")))


def _key_twice() -> bytes:
    """Two CSRs: the first is for show, a parser keeps the second."""
    first = b"<key>PushCertRequestCSR</key>\n\t<string>AAAA</string>\n\t"
    return base64.b64encode(plist().replace(b"<dict>\n\t", b"<dict>\n\t" + first))


def _integer() -> bytes:
    return base64.b64encode(plist(PushCertSignature=5))


def _no_dictionary() -> bytes:
    xml = plistlib.dumps(5).replace(b"<integer>", b"<!-- PushCert --><integer>")
    return base64.b64encode(xml)


def _unlike_key() -> bytes:
    """The vendor's key is of an algorithm that does not exist."""
    vendor = made.with_other_bytes(
        authority().vendor, "06092a864886f70d01010105", "06092a864886f70d01017f05"
    )
    return chain_of(vendor, *authority().chain[1:])


def _unlike_signature() -> bytes:
    vendor = made.with_other_bytes(
        authority().vendor, "06092a864886f70d01010b", "06092a864886f70d01017f"
    )
    return chain_of(vendor, *authority().chain[1:])


def _broken_xml() -> bytes:
    return base64.b64encode(plist().replace(b"</dict>", b""))


# What openssl and certtool have no line for.
UNSEEN_BY_TOOLS = {
    "unknown critical extension": Damage(_unknown_critical, _CHAIN, r"1\.2\.3\.4\.5"),
    "vendor's own key": Damage(_vendors_own_key, errors.KeyReused, "vendor's own key"),
    "CSR with close primes": Damage(_csr("close_primes.pem"), errors.UnfitKey, "close together"),
    "a key twice": Damage(_key_twice, _REQUEST, "exactly three texts"),
    "a number for a text": Damage(_integer, _REQUEST, "exactly three texts"),
    "no dictionary": Damage(_no_dictionary, _REQUEST, "exactly three texts"),
    "vendor key of no kind": Damage(_unlike_key, _CHAIN, "not signed by|must be RSA"),
    "vendor signature of no kind": Damage(_unlike_signature, _CHAIN, "with an unknown algorithm"),
    "broken XML": Damage(_broken_xml, _REQUEST, "no XML property list"),
}
