"""The PushCertificateRequest: what the customer uploads at Apple's portal, the "signed request"."""

import base64
import plistlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from xml.parsers.expat import ExpatError

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from onboarding import errors
from onboarding.pki import certificates, chain_rules, checks, csr, kinds, pem
from onboarding.pki import chain as chains
from onboarding.pki.chain import Chain
from onboarding.pki.checks import Check
from onboarding.pki.trust import Trust

_CSR = "PushCertRequestCSR"
_CHAIN = "PushCertCertificateChain"
_SIGNATURE = "PushCertSignature"
_DOCTYPE = "-//Apple//DTD PLIST 1.0//EN"
_MADE_ANEW = "Let the vendor make the signed request anew."


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
                _CSR: base64.b64encode(self.csr_der).decode("ascii"),
                _CHAIN: self.chain.pem,
                _SIGNATURE: base64.b64encode(self.signature).decode("ascii"),
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
        csr_der=_base64(values, _CSR),
        chain=Chain.of_pem(values[_CHAIN]),
        signature=_base64(values, _SIGNATURE),
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
    _check_plist(xml, plist)
    return {key: plist[key] for key in (_CSR, _CHAIN, _SIGNATURE)}


def _check_plist(xml: bytes, plist: object) -> None:
    # A key that stands twice is seen in the text only: the parser keeps the last.
    keys = re.findall(rb"<key>([^<]*)</key>", xml)
    if (
        not isinstance(plist, dict)
        or sorted(keys) != sorted(key.encode() for key in (_CSR, _CHAIN, _SIGNATURE))
        or set(plist) != {_CSR, _CHAIN, _SIGNATURE}
        or not all(isinstance(value, str) for value in plist.values())
    ):
        raise errors.InvalidPushRequest(
            f"The property list must hold exactly three texts: {_CSR}, {_CHAIN} and {_SIGNATURE}. "
            f"{_MADE_ANEW}"
        )
    if _DOCTYPE.encode() not in xml:
        raise errors.InvalidPushRequest(
            f"The property list lacks Apple's document type ({_DOCTYPE}). {_MADE_ANEW}"
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
    for _, rule in _rules(request, trust=trust, now=now):
        rule()
    return request


def check_all(
    data: bytes, *, trust: Trust, now: datetime, csr: bytes | None = None
) -> list[Check]:
    """Each check with its result; `csr`, PEM or DER, is the one that should be inside."""
    try:
        request = decode(data)
    except errors.PortalError as error:
        form = Check(_FORM, passed=False, detail=error.sentence)
        names = [_IS_FIT, *(name for name, _ in chain_rules.RULES), _IS_SIGNED]
        return [form, *checks.not_run(names, reason="the file's form comes first.")]
    form = Check(_FORM, passed=True, detail="base64 of a property list with exactly three texts.")
    results = [checks.result(name, rule) for name, rule in _rules(request, trust=trust, now=now)]
    if csr is not None:
        results.append(checks.result(_IS_SAME, lambda: _is_same(request, csr)))
    return [form, *results]


_FORM = "file: form"
_IS_FIT = "CSR: fit for Apple"
_IS_SIGNED = "signature: vendor key over this CSR"
_IS_SAME = "CSR: the one given"
