"""What makes a chain one that Apple takes, rule by rule, after facts known from the field.

`openssl verify` and cryptography's own verifier refuse genuine chains: Apple's leaves carry
critical private extensions, and its root is signed with SHA-1. So certificates are compared pair
by pair, and the root with its pinned SHA-256.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from itertools import pairwise

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from onboarding import errors
from onboarding.errors import gettext_noop
from onboarding.pki import certificates, kinds
from onboarding.pki.rules import Rule
from onboarding.pki.trust import Trust

_APPLE_ARC = "1.2.840.113635.100."
# The critical extensions whose meaning these rules, or the user of the leaf, see to.
_UNDERSTOOD = (x509.BasicConstraints, x509.KeyUsage, x509.ExtendedKeyUsage)
_FEWEST_BITS = 2048

Certificates = Sequence[x509.Certificate]


def _title(certificate: x509.Certificate) -> str:
    return certificates.title(certificate.subject)


def has_order(chain: Certificates, *, trust: Trust) -> str:
    """Leaf first, each followed by its issuer, up to the root; nothing missing, nothing else."""
    path = _path(_leaf(chain), chain)
    if not certificates.is_self_issued(path[-1]):
        raise errors.InvalidChain(_missing(path[-1], trust))
    stray = [one for one in chain if not any(one is member for member in path)]
    if stray:
        raise errors.InvalidChain(
            f"The chain holds a certificate that does not belong in it: {_title(stray[0])}. "
            "It must be vendor certificate, intermediate and root, and nothing else."
        )
    if list(chain) != path:
        raise errors.InvalidChain(
            "The chain is in the wrong order. It must be, from the first to the last: "
            f"{', '.join(map(_title, path))}."
        )
    return f"{len(path)} certificates, leaf first: {', '.join(map(_title, path))}."


def _leaf(chain: Certificates) -> x509.Certificate:
    leaves = [one for one in chain if not certificates.is_ca(one)]
    if not leaves:
        raise errors.InvalidChain(
            "The chain holds no vendor certificate, only certificate authorities. "
            "It must begin with the vendor certificate."
        )
    return max(leaves, key=lambda one: len(_path(one, chain)))


def _path(leaf: x509.Certificate, chain: Certificates) -> list[x509.Certificate]:
    """From the leaf upwards by names, as far as it goes."""
    path = [leaf]
    while not certificates.is_self_issued(path[-1]):
        issuers = [one for one in chain if one.subject == path[-1].issuer and one not in path]
        if not issuers:
            break
        path.append(issuers[0])
    return path


def _missing(last: x509.Certificate, trust: Trust) -> str:
    issuer = certificates.title(last.issuer)
    if any(anchor.subject == last.issuer for anchor in trust.anchors):
        return f"The root certificate is missing from the chain: add {issuer} as the last one."
    return (
        f"An intermediate certificate is missing from the chain: {issuer}, "
        f"which issued {_title(last)}."
    )


def ends_at_anchor(chain: Certificates, *, trust: Trust) -> str:
    """The last certificate is a trusted root, by SHA-256."""
    root = chain[-1]
    if trust.is_anchor(root):
        return f"{_title(root)}, SHA-256 {certificates.fingerprint(root)}."
    namesake = next((one for one in trust.anchors if one.subject == root.subject), None)
    if namesake is None:
        raise errors.InvalidChain(
            f"The chain ends at {_title(root)}, which is not the trusted root "
            f"({', '.join(map(_title, trust.anchors))})."
        )
    raise errors.InvalidChain(
        f"The root is a look-alike: it has the name of the trusted {_title(namesake)} but "
        f"SHA-256 {certificates.fingerprint(root)} instead of "
        f"{certificates.fingerprint(namesake)}."
    )


def is_sha_2(chain: Certificates) -> str:
    """No SHA-1 below the root. The root's own signature proves nothing, so its hash is free."""
    for certificate in chain[:-1]:
        found = certificates.signature_hash(certificate)
        if found not in certificates.SHA_2:
            raise errors.InvalidChain(
                f"{_title(certificate)} is signed with {found.upper() or 'an unknown algorithm'}; "
                "Apple refuses chains that are not SHA-256 below the root."
            )
    return "SHA-2 below the root."


def is_signed_pairwise(chain: Certificates) -> str:
    """Each certificate is signed by the next one's key."""
    # From the root down: the first that the trusted side did not sign is the false one.
    for certificate, issuer in reversed(list(pairwise(chain))):
        if not certificates.is_signed_by(certificate, issuer):
            raise errors.InvalidChain(
                f"{_title(certificate)} in the chain was not signed by {_title(issuer)}: "
                "it is a look-alike, or one of the two is."
            )
    return "Each certificate is signed by the next."


def is_current(chain: Certificates, *, now: datetime) -> str:
    """Every certificate is valid now."""
    for certificate in chain:
        begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        if now > end:
            raise errors.InvalidChain(
                gettext_noop("%(certificate)s expired on %(end)s."),
                certificate=_title(certificate),
                end=end,
            )
        if now < begin:
            raise errors.InvalidChain(
                gettext_noop("%(certificate)s is not valid until %(begin)s."),
                certificate=_title(certificate),
                begin=begin,
            )
    first_end = min(one.not_valid_after_utc for one in chain)
    return f"All are valid now, the first to end on {first_end:%Y-%m-%d}."


def may_issue(chain: Certificates) -> str:
    """Each above the leaf is a CA, and may have as many below it as it has."""
    for below, certificate in enumerate(chain[1:]):
        if not _may_issue(certificate, below=below):
            raise errors.InvalidChain(
                gettext_noop("%(certificate)s may not issue certificates in this place."),
                certificate=_title(certificate),
            )
    return "Every issuer is a CA that may issue."


def _may_issue(certificate: x509.Certificate, *, below: int) -> bool:
    """`below`: how many other CA certificates stand between this one and the leaf."""
    extensions = certificate.extensions
    try:
        constraints = extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return False
    try:
        signs = extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        signs = True
    longest = constraints.path_length
    return constraints.ca and signs and (longest is None or below <= longest)


def is_understood(chain: Certificates) -> str:
    """No critical extension of an unknown meaning, save under Apple's own arc."""
    for certificate in chain:
        for extension in certificate.extensions:
            if extension.critical and not _is_understood(extension):
                raise errors.InvalidChain(
                    gettext_noop("%(certificate)s has an unknown critical extension, %(oid)s."),
                    certificate=_title(certificate),
                    oid=extension.oid.dotted_string,
                )
    return "No unknown critical extension, except Apple's own."


def _is_understood(extension: x509.Extension[x509.ExtensionType]) -> bool:
    is_apples = extension.oid.dotted_string.startswith(_APPLE_ARC)
    return is_apples or isinstance(extension.value, _UNDERSTOOD)


def has_rsa_leaf(chain: Certificates) -> str:
    """The vendor key is RSA, of 2048 bits or more."""
    key = certificates.public_key(chain[0])
    if not isinstance(key, RSAPublicKey) or key.key_size < _FEWEST_BITS:
        raise errors.InvalidChain(
            f"The key of {_title(chain[0])} must be RSA with {_FEWEST_BITS} bits or more."
        )
    return f"RSA, {key.key_size} bits."


def is_marked(chain: Certificates) -> str:
    """Tells whether the leaf looks like a vendor certificate; the marker is never required."""
    if kinds.is_vendor_certificate(chain[0]):
        return f"{_title(chain[0])} is marked as a vendor certificate."
    return (
        f"Warning only: {_title(chain[0])} does not carry Apple's marker for MDM vendors; "
        "check that it is the MDM signing certificate."
    )


def rules(chain: Certificates, *, trust: Trust, now: datetime) -> tuple[Rule, ...]:
    """All rules on `chain`. The first is the order: out of order, the others tell nothing."""
    return (
        Rule("chain: order, from leaf to root", partial(has_order, chain, trust=trust)),
        Rule("chain: ends at the trusted root", partial(ends_at_anchor, chain, trust=trust)),
        Rule("chain: SHA-2 signatures", partial(is_sha_2, chain)),
        Rule("chain: each signed by the next", partial(is_signed_pairwise, chain)),
        Rule("chain: dates", partial(is_current, chain, now=now)),
        Rule("chain: issuers may issue", partial(may_issue, chain)),
        Rule("chain: critical extensions", partial(is_understood, chain)),
        Rule("chain: vendor key", partial(has_rsa_leaf, chain)),
        Rule("chain: vendor certificate", partial(is_marked, chain)),
    )
