"""The vendor staff's pages: a file per noun. Importing them registers them."""

from onboarding.admin import (
    apple_certificate,
    csr,
    customer,
    event,
    group,
    mail,
    push_certificate,
    site,
    user,
    vendor_certificate,
)

__all__ = [
    "apple_certificate",
    "csr",
    "customer",
    "event",
    "group",
    "mail",
    "push_certificate",
    "site",
    "user",
    "vendor_certificate",
]
