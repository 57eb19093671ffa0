"""What a CSR says beside what is known: the customer's record, and its certificate before."""

from collections.abc import Mapping
from dataclasses import dataclass

from onboarding import errors, unusual
from onboarding.models import CSR, PushCertificate
from onboarding.pki import csr as pki_csr
from onboarding.pki import push_certificate as pki_push_certificate

_TITLES = {
    "organization": "Organisation (O)",
    "country": "Country (C)",
    "common_name": "Common name (CN)",
    "organizational_unit": "Unit (OU)",
    "email": "E-mail address",
    "further": "Further attributes",
}
NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Row:
    """One attribute of the subject; `before` as the CSR before had it, or NOT_KNOWN."""

    title: str
    in_csr: str
    in_record: str
    before: str

    @property
    def differs(self) -> bool:
        return bool(self.in_record) and unusual.differs(self.in_csr, self.in_record)

    @property
    def changed(self) -> bool:
        return self.before not in {NOT_KNOWN, self.in_csr}


@dataclass(frozen=True, slots=True)
class Before:
    """The certificate that is renewed, else the customer's newest; an imported one has no CSR."""

    certificate: PushCertificate
    csr: CSR | None
    parsed: pki_csr.CSR | None

    def attributes(self) -> Mapping[str, str]:
        if self.csr is None:
            # Of the subject Apple copies the country alone into what it issues.
            return {"country": _country(self.certificate)}
        return _attributes(self.csr, self.parsed)


def before(csr: CSR) -> Before | None:
    earlier = csr.customer.push_certificates.filter(activated_at__lte=csr.requested_at)
    certificate = csr.renews or earlier.order_by("-activated_at", "-id").first()
    if certificate is None:
        return None
    made = CSR.objects.filter(push_certificate=certificate).select_related("requested_by").first()
    return Before(certificate, made, parsed(made) if made else None)


def rows(csr: CSR, parsed: pki_csr.CSR | None, earlier: Before | None) -> list[Row]:
    """Those attributes that the CSR, the record or the CSR before has."""
    record = {"organization": csr.customer.name, "country": csr.customer.country}
    now, then = _attributes(csr, parsed), earlier.attributes() if earlier else {}
    found = [
        Row(title, now[name], record.get(name, ""), then.get(name, NOT_KNOWN))
        for name, title in _TITLES.items()
    ]
    return [one for one in found if one.in_csr or one.in_record or one.changed]


def parsed(csr: CSR) -> pki_csr.CSR | None:
    """None while there is no key, and when the bytes that were fit once no longer are."""
    if csr.der is None:
        return None
    try:
        return pki_csr.parse(bytes(csr.der))
    except errors.PortalError:
        return None


def _attributes(csr: CSR, parsed: pki_csr.CSR | None) -> Mapping[str, str]:
    columns = {name: getattr(csr, name) for name in _TITLES if name != "further"}
    return {**columns, "further": ", ".join(parsed.further) if parsed else ""}


def _country(certificate: PushCertificate) -> str:
    try:
        return pki_push_certificate.parse(bytes(certificate.der)).country or NOT_KNOWN
    except errors.PortalError:
        return NOT_KNOWN
