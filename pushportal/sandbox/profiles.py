"""What each of Apple's certificates carries, field by field and in the genuine order."""

from collections.abc import Iterator
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import (
    AuthorityInformationAccessOID,
    ExtendedKeyUsageOID,
    NameOID,
    ObjectIdentifier,
)

APPLE = "1.2.840.113635.100"
POLICY = ObjectIdentifier(f"{APPLE}.5.1")
WWDR_MARKER = ObjectIdentifier(f"{APPLE}.6.2.1")
PUSH_CA_MARKER = ObjectIdentifier(f"{APPLE}.6.2.3")
PUSH_MARKER = ObjectIdentifier(f"{APPLE}.6.3.2")
VENDOR_MARKER = ObjectIdentifier(f"{APPLE}.4.12")
RELIANCE = (
    "Reliance on this certificate by any party assumes acceptance of the then applicable "
    "standard terms and conditions of use, certificate policy and certification practice "
    "statements."
)
ASN1_NULL = b"\x05\x00"


@dataclass(frozen=True, slots=True)
class Extension:
    value: x509.ExtensionType
    critical: bool = False


def _name(*pairs: tuple[ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in pairs])


def _printable(*pairs: tuple[ObjectIdentifier, str]) -> x509.Name:
    # The genuine root is of 2006: PrintableString where the later CAs have UTF8String.
    return x509.Name(
        [x509.NameAttribute(oid, value, _ASN1Type.PrintableString) for oid, value in pairs]
    )


ROOT_NAME = _printable(
    (NameOID.COUNTRY_NAME, "US"),
    (NameOID.ORGANIZATION_NAME, "Apple Inc."),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "Apple Certification Authority"),
    (NameOID.COMMON_NAME, "Apple Root CA"),
)
WWDR_NAME = _name(
    (NameOID.COMMON_NAME, "Apple Worldwide Developer Relations Certification Authority"),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "G3"),
    (NameOID.ORGANIZATION_NAME, "Apple Inc."),
    (NameOID.COUNTRY_NAME, "US"),
)
PUSH_CA_NAME = _name(
    (NameOID.COMMON_NAME, "Apple Application Integration 2 Certification Authority"),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "Apple Certification Authority"),
    (NameOID.ORGANIZATION_NAME, "Apple Inc."),
    (NameOID.COUNTRY_NAME, "US"),
)


def vendor_name(vendor: str, *, team: str, country: str) -> x509.Name:
    return _name(
        (NameOID.USER_ID, team),
        (NameOID.COMMON_NAME, f"MDM Vendor: {vendor}"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, team),
        (NameOID.ORGANIZATION_NAME, vendor),
        (NameOID.COUNTRY_NAME, country),
    )


def push_name(topic: str, *, country: str) -> x509.Name:
    return _name(
        (NameOID.USER_ID, topic),
        (NameOID.COMMON_NAME, f"APSP:{topic.rpartition('.')[2]}"),
        (NameOID.COUNTRY_NAME, country),
    )


def root(key: RSAPublicKey) -> Iterator[Extension]:
    yield Extension(_usage("key_cert_sign", "crl_sign"), critical=True)
    yield Extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    yield Extension(x509.SubjectKeyIdentifier.from_public_key(key))
    yield Extension(_authority_key(key))
    yield Extension(_policies("https://www.apple.com/appleca/", x509.UserNotice(None, RELIANCE)))


def wwdr(key: RSAPublicKey, issuer: RSAPublicKey) -> Iterator[Extension]:
    yield Extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    yield Extension(_authority_key(issuer))
    yield Extension(_access(ocsp="http://ocsp.apple.com/ocsp03-applerootca"))
    yield Extension(_revocation_list("http://crl.apple.com/root.crl"))
    yield Extension(x509.SubjectKeyIdentifier.from_public_key(key))
    yield Extension(_usage("key_cert_sign", "crl_sign"), critical=True)
    yield Extension(x509.UnrecognizedExtension(WWDR_MARKER, ASN1_NULL))


def push_ca(key: RSAPublicKey, issuer: RSAPublicKey) -> Iterator[Extension]:
    yield Extension(x509.SubjectKeyIdentifier.from_public_key(key))
    yield Extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    yield Extension(_authority_key(issuer))
    yield Extension(_revocation_list("http://crl.apple.com/root.crl"))
    yield Extension(_usage("key_cert_sign", "crl_sign"), critical=True)
    yield Extension(x509.UnrecognizedExtension(PUSH_CA_MARKER, ASN1_NULL))


def vendor(key: RSAPublicKey, issuer: RSAPublicKey) -> Iterator[Extension]:
    yield Extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    yield Extension(_authority_key(issuer))
    yield Extension(
        _access(
            issuers="http://certs.apple.com/wwdrg3.der",
            ocsp="http://ocsp.apple.com/ocsp03-wwdrg304",
        )
    )
    yield Extension(
        _policies(x509.UserNotice(None, RELIANCE), "https://www.apple.com/certificateauthority/")
    )
    yield Extension(x509.SubjectKeyIdentifier.from_public_key(key))
    yield Extension(_usage("digital_signature"), critical=True)
    # Critical, as the private extensions of Apple's other G3 leaves are: verifiers that refuse
    # what they do not know must be found out here, not at the vendor's first real certificate.
    yield Extension(x509.UnrecognizedExtension(VENDOR_MARKER, ASN1_NULL), critical=True)


def push(key: RSAPublicKey, issuer: RSAPublicKey) -> Iterator[Extension]:
    yield Extension(x509.BasicConstraints(ca=False, path_length=None))
    yield Extension(_authority_key(issuer))
    yield Extension(
        _policies(x509.UserNotice(None, RELIANCE), "http://www.apple.com/certificateauthority")
    )
    yield Extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]))
    yield Extension(_revocation_list("http://crl.apple.com/aai2ca.crl"))
    yield Extension(x509.SubjectKeyIdentifier.from_public_key(key))
    yield Extension(_usage("digital_signature"))
    yield Extension(x509.UnrecognizedExtension(PUSH_MARKER, ASN1_NULL))


def _authority_key(key: RSAPublicKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key)


def _policies(*qualifiers: str | x509.UserNotice) -> x509.CertificatePolicies:
    return x509.CertificatePolicies([x509.PolicyInformation(POLICY, qualifiers)])


def _revocation_list(address: str) -> x509.CRLDistributionPoints:
    names = [x509.UniformResourceIdentifier(address)]
    return x509.CRLDistributionPoints([x509.DistributionPoint(names, None, None, None)])


def _access(*, ocsp: str, issuers: str | None = None) -> x509.AuthorityInformationAccess:
    places = [(AuthorityInformationAccessOID.CA_ISSUERS, issuers)] if issuers else []
    places.append((AuthorityInformationAccessOID.OCSP, ocsp))
    return x509.AuthorityInformationAccess(
        [x509.AccessDescription(kind, x509.UniformResourceIdentifier(at)) for kind, at in places]
    )


def _usage(*allowed: str) -> x509.KeyUsage:
    names = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement "
        "key_cert_sign crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**{name: name in allowed for name in names.split()})
