"""What Apple's portal verifies in a signed request. Written apart from the product's verifier."""

from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from pushportal.sandbox import envelope, profiles
from pushportal.sandbox.errors import InvalidRequest, SignatureRefused, VendorExpired

SHA_2 = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


def check(
    data: bytes, *, root: x509.Certificate, now: datetime
) -> tuple[x509.CertificateSigningRequest, x509.Certificate]:
    """The CSR to be certified and the vendor certificate that vouches for it, or a refusal."""
    request = envelope.opened(data)
    csr = _csr(request.csr_der)
    vendor = _vendor(request.chain, root=root, now=now)
    try:
        _public_key(vendor).verify(request.signature, request.csr_der, PKCS1v15(), hashes.SHA256())
    except InvalidSignature as error:
        raise SignatureRefused(
            "PushCertSignature is not the vendor key's RSA PKCS#1 v1.5 signature with SHA-256 "
            "over this CSR."
        ) from error
    return csr, vendor


def _csr(der: bytes) -> x509.CertificateSigningRequest:
    try:
        csr = x509.load_der_x509_csr(der)
        key = csr.public_key()
        digest = csr.signature_hash_algorithm
        country = csr.subject.get_attributes_for_oid(x509.NameOID.COUNTRY_NAME)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidRequest("PushCertRequestCSR is not a CSR in DER.") from error
    if not isinstance(key, RSAPublicKey) or key.key_size != 2048:
        raise InvalidRequest("The CSR's key is not RSA with 2048 bits.")
    if key.public_numbers().e != 65537:
        raise InvalidRequest("The public exponent of the CSR's key is not 65537.")
    if not isinstance(digest, SHA_2):
        raise InvalidRequest("The CSR is not signed with SHA-2.")
    if not csr.is_signature_valid:
        raise InvalidRequest("The CSR's own signature is not valid.")
    if len(country) > 1 or any(len(str(name.value)) != 2 for name in country):
        raise InvalidRequest("The CSR's country is not one code of two letters.")
    return csr


def _vendor(
    chain: tuple[x509.Certificate, ...], *, root: x509.Certificate, now: datetime
) -> x509.Certificate:
    """The first certificate of a chain that is exactly vendor, WWDR, root."""
    if len(chain) != 3:
        raise SignatureRefused(
            f"The chain has {len(chain)} certificates; it must be the vendor certificate, "
            f"the WWDR intermediate and the root."
        )
    vendor, wwdr, last = chain
    if last != root:
        raise SignatureRefused("The chain does not end with this authority's root certificate.")
    _issued_by(wwdr, root)
    _issued_by(vendor, wwdr)
    _is_wwdr(wwdr)
    _is_leaf(vendor)
    for name, certificate in {"WWDR": wwdr, "root": root}.items():
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise SignatureRefused(f"The {name} certificate is outside its dates.")
    if now < vendor.not_valid_before_utc:
        raise SignatureRefused("The vendor certificate is not valid yet.")
    if now > vendor.not_valid_after_utc:
        raise VendorExpired(f"The vendor certificate ended {vendor.not_valid_after_utc}.")
    return vendor


def _issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    subject = certificate.subject.rfc4514_string()
    if certificate.issuer != issuer.subject:
        raise SignatureRefused(f"{subject} does not name the next certificate as its issuer.")
    digest = certificate.signature_hash_algorithm
    if not isinstance(digest, hashes.SHA256):
        raise SignatureRefused(f"{subject} is not signed with SHA-256.")
    try:
        _public_key(issuer).verify(
            certificate.signature, certificate.tbs_certificate_bytes, PKCS1v15(), digest
        )
    except InvalidSignature as error:
        raise SignatureRefused(
            f"{subject} was not signed by the next certificate's key."
        ) from error


def _is_wwdr(certificate: x509.Certificate) -> None:
    extensions = _extensions(certificate)
    constraints = extensions.get(x509.BasicConstraints.oid)
    if not isinstance(constraints, x509.BasicConstraints) or not constraints.ca:
        raise SignatureRefused("The second certificate is not a CA.")
    usage = extensions.get(x509.KeyUsage.oid)
    if not isinstance(usage, x509.KeyUsage) or not usage.key_cert_sign:
        raise SignatureRefused("The second certificate may not sign certificates.")
    if profiles.WWDR_MARKER not in extensions:
        raise SignatureRefused("The second certificate is not the WWDR intermediate.")


def _is_leaf(certificate: x509.Certificate) -> None:
    extensions = _extensions(certificate)
    constraints = extensions.get(x509.BasicConstraints.oid)
    if isinstance(constraints, x509.BasicConstraints) and constraints.ca:
        raise SignatureRefused("The first certificate is a CA, not a vendor certificate.")
    usage = extensions.get(x509.KeyUsage.oid)
    if isinstance(usage, x509.KeyUsage) and not usage.digital_signature:
        raise SignatureRefused("The first certificate may not make signatures.")


def _extensions(
    certificate: x509.Certificate,
) -> dict[x509.ObjectIdentifier, x509.ExtensionType]:
    # Critical extensions that nobody knows are not refused: Apple's own are of that sort.
    try:
        return {extension.oid: extension.value for extension in certificate.extensions}
    except (ValueError, x509.DuplicateExtension) as error:
        raise SignatureRefused("The extensions of a certificate cannot be read.") from error


def _public_key(certificate: x509.Certificate) -> RSAPublicKey:
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SignatureRefused("The key of a certificate cannot be read.") from error
    if not isinstance(key, RSAPublicKey):
        raise SignatureRefused("A certificate in the chain has a key that is not RSA.")
    return key
