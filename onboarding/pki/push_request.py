"""The PushCertificateRequest: what the customer uploads at Apple's portal, the "signed request"."""

import base64
import plistlib
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from xml.parsers.expat import ExpatError

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from onboarding import errors
from onboarding.pki import certificates, kinds, pem
from onboarding.pki import chain as chains
from onboarding.pki import csr as csrs
from onboarding.pki.chain import Chain
from onboarding.pki.rules import Check, Rule
from onboarding.pki.trust import Trust

CSR = "PushCertRequestCSR"
CHAIN = "PushCertCertificateChain"
SIGNATURE = "PushCertSignature"
_DOCTYPE = "-//Apple//DTD PLIST 1.0//EN"
_MADE_ANEW = "Let the vendor make the signed request anew."
_NOT_THREE = (
    f"The property list must hold exactly three texts: {CSR}, {CHAIN} and {SIGNATURE}. {_MADE_ANEW}"
)


@dataclass(frozen=True, slots=True)
class PushCertificateRequest:
    csr_der: bytes
    chain: Chain
    signature: bytes

    def encode(self) -> bytes:
        """The file for Apple: base64, on one line, of an XML plist. The same parts give the same
        bytes."""
        plist = plistlib.dumps(
            {
                CSR: base64.b64encode(self.csr_der).decode("ascii"),
                CHAIN: self.chain.pem,
                SIGNATURE: base64.b64encode(self.signature).decode("ascii"),
            },
            fmt=plistlib.FMT_XML,
            sort_keys=True,
        )
        return base64.b64encode(plist)


def decode(data: bytes) -> PushCertificateRequest:
    """The parts of a signed request. Its form is checked, what the parts say is not.

    Raises InvalidUpload when it is something else, InvalidPushRequest or InvalidChain when its
    form is not the one that Apple takes.
    """
    values = _values(_xml(kinds.push_request(data)))
    return PushCertificateRequest(
        csr_der=_base64(values, CSR),
        chain=Chain.of_pem(values[CHAIN]),
        signature=_base64(values, SIGNATURE),
    )


def _xml(data: bytes) -> bytes:
    try:
        return pem.bare_base64(data.decode("ascii"))
    except ValueError as error:
        raise errors.InvalidPushRequest(
            f"The signed request is not base64: Apple takes the plist only so. {_MADE_ANEW}"
        ) from error


def _values(xml: bytes) -> dict[str, str]:
    try:
        plist = plistlib.loads(xml, fmt=plistlib.FMT_XML)
    except (ExpatError, ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:
        # plistlib lets whatever goes wrong inside it out.
        raise errors.InvalidPushRequest(
            f"The signed request holds no XML property list that can be read. {_MADE_ANEW}"
        ) from error
    _check_text(xml)
    return _three_texts(plist, written=xml.count(b"<key"))


def _three_texts(plist: object, *, written: int) -> dict[str, str]:
    """`written`: how many keys the text has. One that stands twice shows only there, as a parser
    keeps the last."""
    if (
        not isinstance(plist, dict)
        or set(plist) != {CSR, CHAIN, SIGNATURE}
        or written != len(plist)
        or not all(isinstance(value, str) for value in plist.values())
    ):
        raise errors.InvalidPushRequest(_NOT_THREE)
    return plist


def _check_text(xml: bytes) -> None:
    """Refuse what an XML parser hides: it reads all of these like a good request."""
    if _DOCTYPE.encode() not in xml:
        raise errors.InvalidPushRequest(
            f"The property list lacks Apple's document type ({_DOCTYPE}). {_MADE_ANEW}"
        )
    if b"\r" in xml:
        raise errors.InvalidPushRequest(
            "The property list has Windows line ends (CRLF), and Apple asks for line feeds in the "
            f"chain. {_MADE_ANEW}"
        )
    if b"&#" in xml:
        raise errors.InvalidPushRequest(
            "The property list writes characters as numbers (such as &#xA; for a line end), which "
            f"no request that Apple takes does. {_MADE_ANEW}"
        )


def _base64(values: dict[str, str], key: str) -> bytes:
    try:
        return base64.b64decode(values[key], validate=True)
    except ValueError as error:
        raise errors.InvalidPushRequest(
            f"The value of {key} is not plain base64, without spaces or line ends. {_MADE_ANEW}"
        ) from error


def verify(data: bytes, *, trust: Trust, now: datetime) -> PushCertificateRequest:
    """The signed request, if Apple would take it. Raises a PortalError that says why not."""
    request = decode(data)
    has_fit_csr(request)
    chains.verify(request.chain, trust=trust, now=now)
    is_signed(request)
    return request


def checks(data: bytes, *, trust: Trust, now: datetime, csr: bytes | None = None) -> list[Check]:
    """Each check with its result; `csr`, PEM or DER, is the one that should be inside.

    Apple would take the request when all have passed. What a failed check makes meaningless
    counts as failed.
    """
    form = Rule("file: form", lambda: _form(decode(data))).result()
    if not form.passed:
        return [form]
    request = decode(data)
    chain = chains.checks(request.chain, trust=trust, now=now)
    signed = Rule("signature: by the vendor key, over this CSR", partial(is_signed, request))
    return [
        form,
        Rule("CSR: fit for Apple", partial(has_fit_csr, request)).result(),
        *chain,
        # Out of order, the first certificate is not the vendor's.
        signed.result() if chain[0].passed else signed.not_run(because="see the chain's order."),
        *(
            []
            if csr is None
            else [Rule("CSR: the one given", partial(holds, request, csr)).result()]
        ),
    ]


def _form(request: PushCertificateRequest) -> str:
    return (
        "Base64 of a property list with exactly three texts; "
        f"{len(request.chain.certificates)} certificates in standard PEM."
    )


def has_fit_csr(request: PushCertificateRequest) -> str:
    """The CSR is DER, fit for Apple, and not made with the vendor's own key."""
    csr = csrs.verify(request.csr_der)
    if csr.der != request.csr_der:
        raise errors.InvalidPushRequest(
            f"The CSR in the signed request is PEM; Apple takes DER only. {_MADE_ANEW}"
        )
    vendor_key = certificates.public_key(request.chain.leaf)
    if vendor_key and certificates.key_fingerprint(vendor_key) == csr.public_key_sha256:
        raise errors.KeyReused(
            "The CSR was made with the vendor's own key. The customer needs a key of its own."
        )
    return f"{csr.key_bits} bits, {csr.signature_hash}, {csr.subject.as_text() or 'no subject'}."


def is_signed(request: PushCertificateRequest) -> str:
    """The signature is RSASSA-PKCS1-v1_5 with SHA-256, by the leaf's key, over the CSR's DER."""
    key = certificates.public_key(request.chain.leaf)
    if not isinstance(key, RSAPublicKey):
        raise errors.InvalidPushRequest("The vendor certificate's key is not RSA; Apple needs RSA.")
    try:
        key.verify(request.signature, request.csr_der, PKCS1v15(), SHA256())
    except InvalidSignature as error:
        raise errors.InvalidPushRequest(f"{_why(request.signature, key)} {_MADE_ANEW}") from error
    return "SHA-256 with RSA, by the key of the vendor certificate, over the CSR in this file."


def _why(signature: bytes, key: RSAPublicKey) -> str:
    """What is wrong with a signature, told by the digest that opens with the vendor's key."""
    # SHA-1 only to name it in a refusal, never to accept it.
    if _opens(signature, key, SHA1()):  # noqa: S303
        return "The signature was made with SHA-1; Apple needs SHA-256."
    if _opens(signature, key, SHA256()):
        return "The signature is the vendor's, but it was made over another CSR."
    return (
        "The signature was not made with the key of the vendor certificate: either it is damaged "
        "or the certificate belongs to another key."
    )


def _opens(signature: bytes, key: RSAPublicKey, algorithm: SHA1 | SHA256) -> bool:
    try:
        key.recover_data_from_signature(signature, PKCS1v15(), algorithm)
    except InvalidSignature:
        return False
    return True


def holds(request: PushCertificateRequest, csr: bytes) -> str:
    """The CSR in the request is `csr`, PEM or DER."""
    if csrs.parse(csr).der != request.csr_der:
        raise errors.InvalidPushRequest(
            f"The signed request holds another CSR than the one given. {_MADE_ANEW}"
        )
    return "The signed request holds exactly the CSR given."
