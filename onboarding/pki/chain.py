"""The chain that a signed request carries: vendor certificate, intermediate, root; leaf first."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from cryptography import x509

from onboarding import errors
from onboarding.errors import gettext_noop
from onboarding.pki import certificates, chain_rules, pem
from onboarding.pki.rules import Check
from onboarding.pki.trust import Trust

_LOOK_ALIKE = gettext_noop(
    "The chain stops at %(subject)s: its issuer %(issuer)s is known, but did not sign it: the"
    " issuer is a look-alike, or the signature is SHA-1 or broken."
)
_UNKNOWN = gettext_noop(
    "The chain stops at %(subject)s: its issuer %(issuer)s is not among the known certificates."
    " Add that certificate."
)
# Apple's chains have three; more means a loop of cross-signed certificates.
_LONGEST = 6


@dataclass(frozen=True, slots=True)
class Chain:
    certificates: tuple[x509.Certificate, ...]

    @property
    def leaf(self) -> x509.Certificate:
        return self.certificates[0]

    @property
    def pem(self) -> str:
        """In the form that Apple asks for: lines of 64 columns, LF after every block."""
        return "".join(
            pem.encode("CERTIFICATE", certificates.der(one)) for one in self.certificates
        )

    @classmethod
    def of_pem(cls, text: str) -> Self:
        """The chain in `text`, which must have exactly the form that `pem` gives.

        Raises InvalidChain that names the first way in which it differs.
        """
        _check_form(text)
        try:
            chain = cls(tuple(certificates.load(block.der) for block in pem.blocks(text)))
        except ValueError as error:
            raise errors.InvalidChain(
                "A certificate in the chain is damaged. Build the chain anew."
            ) from error
        if chain.pem != text:
            raise errors.InvalidChain(
                "The chain's PEM is not in the standard form: a line is too short, or there is "
                "something beside the certificates. Build the chain anew."
            )
        return chain


def _check_form(text: str) -> None:
    """Refuse, each by its name, the faults of form that are known from the field."""
    faults = (
        (not text.strip(), "is empty"),
        ("\r" in text, "has Windows line ends (CRLF); Apple needs LF alone"),
        ("-----BEGIN CERTIFICATE-----" not in text, "holds no PEM certificate"),
        (
            re.search(r"-----END CERTIFICATE-----(?!\n)", text) is not None,
            "has certificates glued together: a line feed is missing after an END line",
        ),
        (
            re.search(r"^(?!-----)[^\n]{65}", text, re.MULTILINE) is not None,
            f"has lines longer than {pem.COLUMNS} characters, which Apple refuses",
        ),
    )
    for is_there, fault in faults:
        if is_there:
            raise errors.InvalidChain(f"The certificate chain {fault}. Build the chain anew.")


def build(leaf: x509.Certificate, *, trust: Trust, extra: Iterable[x509.Certificate] = ()) -> Chain:
    """The chain from `leaf` to an anchor, of known and `extra` certificates, paired by signature.

    Dates and the rest are for `verify`. Raises InvalidChain that names the missing issuer.
    """
    path = [leaf]
    candidates = [*trust.anchors, *trust.intermediates, *extra]
    while not trust.is_anchor(path[-1]) and len(path) < _LONGEST:
        path.append(_issuer(path[-1], candidates))
    if not trust.is_anchor(path[-1]):
        raise errors.InvalidChain(
            gettext_noop("The certificates go round in a circle and reach no known root.")
        )
    return Chain(tuple(path))


def _issuer(
    certificate: x509.Certificate, candidates: Iterable[x509.Certificate]
) -> x509.Certificate:
    named = [one for one in candidates if one.subject == certificate.issuer]
    signers = [one for one in named if certificates.is_signed_by(certificate, one)]
    if not signers:
        message = _LOOK_ALIKE if named else _UNKNOWN
        subject, issuer = map(certificates.title, (certificate.subject, certificate.issuer))
        raise errors.InvalidChain(message, subject=subject, issuer=issuer)
    # Of a certificate that was issued anew for the same key, the one that lasts longest.
    return max(signers, key=lambda one: one.not_valid_after_utc)


def verify(chain: Chain, *, trust: Trust, now: datetime) -> Chain:
    """The chain, if Apple would take it. Raises InvalidChain with the first rule that it breaks."""
    for rule in chain_rules.rules(chain.certificates, trust=trust, now=now):
        rule.run()
    return chain


def checks(chain: Chain, *, trust: Trust, now: datetime) -> list[Check]:
    """Each rule with its result. Out of order, nothing else about a chain can be told."""
    first, *others = chain_rules.rules(chain.certificates, trust=trust, now=now)
    order = first.result()
    if not order.passed:
        return [order, *(rule.not_run(because="the order comes first.") for rule in others)]
    return [order, *(rule.result() for rule in others)]
