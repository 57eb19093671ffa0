"""Who a CSR names: the few attributes of an X.500 name that Apple and MDM servers use."""

from dataclasses import dataclass, fields
from typing import Self

from cryptography import x509
from cryptography.x509.oid import NameOID

from onboarding import errors
from onboarding.errors import gettext_noop
from onboarding.pki import certificates

_ATTRIBUTES = {
    "common_name": (NameOID.COMMON_NAME, "CN"),
    "organization": (NameOID.ORGANIZATION_NAME, "O"),
    "organizational_unit": (NameOID.ORGANIZATIONAL_UNIT_NAME, "OU"),
    "country": (NameOID.COUNTRY_NAME, "C"),
    "email": (NameOID.EMAIL_ADDRESS, "emailAddress"),
}


# What a refusal calls them.
TITLES = {
    "common_name": gettext_noop("the common name"),
    "organization": gettext_noop("the organisation"),
    "organizational_unit": gettext_noop("the unit"),
    "country": gettext_noop("the country"),
    "email": gettext_noop("the e-mail address"),
}


@dataclass(frozen=True, slots=True)
class Subject:
    common_name: str = ""
    organization: str = ""
    organizational_unit: str = ""
    country: str = ""
    email: str = ""

    @classmethod
    def of(cls, name: x509.Name) -> Self:
        """The first value of each attribute; what else the name holds is left out."""
        return cls(
            **{field: certificates.first(name, oid) for field, (oid, _) in _ATTRIBUTES.items()}
        )

    def as_name(self) -> x509.Name:
        """The attributes that are filled in, as an X.509 name. Raises InvalidCSR when one cannot
        be written: a country that is no two-letter code, a value that is too long."""
        return x509.Name([_attribute(field, value) for field, value in self._filled()])

    def as_text(self) -> str:
        return ", ".join(f"{_ATTRIBUTES[field][1]}={value}" for field, value in self._filled())

    def _filled(self) -> list[tuple[str, str]]:
        pairs = [(field.name, getattr(self, field.name)) for field in fields(self)]
        return [(field, value) for field, value in pairs if value]


def further(name: x509.Name) -> tuple[str, ...]:
    """What a `Subject` leaves out: second values and other attributes, each as “L=Berlin”."""
    left = {oid for oid, _ in _ATTRIBUTES.values()}
    found = []
    for attribute in name:
        if attribute.oid in left:
            left.remove(attribute.oid)
        else:
            found.append(attribute.rfc4514_string())
    return tuple(found)


def _attribute(field: str, value: str) -> x509.NameAttribute[str]:
    oid, _ = _ATTRIBUTES[field]
    try:
        if field in {"country", "email"}:
            # Their ASN.1 types hold ASCII only; cryptography would write the bytes all the same.
            value.encode("ascii")
        return x509.NameAttribute(oid, value)
    except ValueError as error:
        raise errors.InvalidCSR(
            gettext_noop(
                "“%(value)s” as %(name)s does not fit into a CSR. "
                "A country is a two-letter code, an e-mail address is plain ASCII, "
                "and a name has at most 64 characters."
            ),
            value=value,
            name=errors.Text(TITLES[field]),
        ) from error
