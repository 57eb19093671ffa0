"""What a token holds for an identity: one private key, and certificates beside it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pkcs11
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from pkcs11 import Attribute, CertificateType, KeyType, Mechanism, ObjectClass

from onboarding import errors
from onboarding.pki import certificates
from signing.identities.contents import NOT_RSA
from signing.identities.pkcs11.modules import Module
from signing.identities.pkcs11.url import Place

_EXPONENT = (65537).to_bytes(3, "big")


@dataclass(frozen=True, slots=True)
class Found:
    """The handle of a private key, good as long as `module` is current."""

    module: Module
    handle: pkcs11.SignMixin
    public_key: RSAPublicKey = field(repr=False)
    certificates: tuple[x509.Certificate, ...] = field(repr=False)
    asks_each_time: bool
    can_leave: bool


def find(module: Module, session: pkcs11.Session, place: Place) -> Found:
    """The key that the URL names, fit to sign. Raises InvalidIdentity, PKCS11Error."""
    handle = _private_key(session, place)
    return Found(
        module=module,
        handle=_signing(handle, session),
        public_key=_public_key(handle),
        certificates=tuple(_certificates(session, handle, place)),
        asks_each_time=bool(_optional(handle, Attribute.ALWAYS_AUTHENTICATE)),
        can_leave=_optional(handle, Attribute.EXTRACTABLE) is not False
        or _optional(handle, Attribute.SENSITIVE) is False,
    )


def _private_key(session: pkcs11.Session, place: Place) -> pkcs11.Object:
    wanted: dict[Attribute, Any] = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}
    if place.label is not None:
        wanted[Attribute.LABEL] = place.label
    if place.key_id is not None:
        wanted[Attribute.ID] = place.key_id
    found = list(session.get_objects(wanted))
    if len(found) != 1:
        raise errors.InvalidIdentity(
            f"{len(found) or 'No'} private keys fit SIGNING_IDENTITY ({place}); exactly one must."
            " Name the key by object= (its label), id= (as %01), or both."
        )
    return found[0]


def _signing(handle: pkcs11.Object, session: pkcs11.Session) -> pkcs11.SignMixin:
    if handle[Attribute.KEY_TYPE] != KeyType.RSA:
        raise errors.InvalidIdentity(NOT_RSA)
    # python-pkcs11 gives this ability to keys whose CKA_SIGN is true.
    if not isinstance(handle, pkcs11.SignMixin):
        raise errors.InvalidIdentity(
            "The key in the token may not sign: its attribute CKA_SIGN is false. Use the vendor's"
            " signing key, or make one that may sign."
        )
    if Mechanism.SHA256_RSA_PKCS not in session.token.slot.get_mechanisms():
        raise errors.InvalidIdentity(
            f"The token {session.token.label!r} does not offer the mechanism SHA256_RSA_PKCS, which"
            " signatures for Apple are made with. Use another token, or allow it in its settings."
        )
    return handle


def _public_key(handle: pkcs11.Object) -> RSAPublicKey:
    # Optional in a private key, and nearly always this one; a trial signature tells.
    exponent = _optional(handle, Attribute.PUBLIC_EXPONENT) or _EXPONENT
    modulus = handle[Attribute.MODULUS]
    try:
        return RSAPublicNumbers(_number(exponent), _number(modulus)).public_key()
    except ValueError as error:
        raise errors.InvalidIdentity(
            "The key in the token is no RSA key of a size that is known here."
        ) from error


def _certificates(
    session: pkcs11.Session, handle: pkcs11.Object, place: Place
) -> Iterator[x509.Certificate]:
    key_id, label = _optional(handle, Attribute.ID), place.label
    seen = set()
    for name, value in ((Attribute.ID, key_id), (Attribute.LABEL, label)):
        for one in session.get_objects(_x509(name, value)) if value else ():
            der = one[Attribute.VALUE]
            if der not in seen:
                seen.add(der)
                yield _load(der)


def _x509(name: Attribute, value: object) -> dict[Attribute, Any]:
    return {
        Attribute.CLASS: ObjectClass.CERTIFICATE,
        Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
        name: value,
    }


def _load(der: bytes) -> x509.Certificate:
    try:
        return certificates.load(der)
    except ValueError as error:
        raise errors.InvalidIdentity(
            "A certificate beside the key in the token is damaged. Write it into the token anew."
        ) from error


def _optional(handle: pkcs11.Object, name: Attribute) -> Any:
    """Any: the attribute's value, whose type depends on its name; None where there is none."""
    try:
        return handle[name]
    except (pkcs11.AttributeTypeInvalid, pkcs11.AttributeSensitive):
        return None


def _number(big_endian: bytes) -> int:
    return int.from_bytes(big_endian, "big")
