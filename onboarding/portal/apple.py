"""What the customer meets at Apple's portal: the account to sign in with, the name of the file."""

from onboarding.models import CSR, Customer, PushCertificate

_VENDOR = "MDM Vendor:"


def account_for(csr: CSR) -> str:
    """The Apple Account for this visit to Apple; empty when it was not noted."""
    return account(csr.customer, csr.renews)


def account(owner: Customer, renews: PushCertificate | None) -> str:
    """A renewal works under the account that made the certificate, and no other."""
    return (renews.apple_account if renews else "") or owner.apple_account


def file_name(csr: CSR) -> str:
    """What Apple calls the certificate: by the vendor, not by the customer."""
    if csr.vendor_certificate is None:
        return ""
    return f"MDM_ {vendor(csr)}_Certificate.pem"


def vendor(csr: CSR) -> str:
    """The vendor as Apple names it."""
    certificate = csr.vendor_certificate
    return certificate.subject.removeprefix(_VENDOR).strip() if certificate else ""
