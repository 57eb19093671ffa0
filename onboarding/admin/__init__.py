"""The vendor staff's pages: a file per noun. Importing them registers them."""

from onboarding.admin import (
    alarm,
    apple_certificate,
    csr,
    customer,
    event,
    export,
    group,
    invitation,
    mail,
    push_certificate,
    sign_in_service,
    site,
    store_verification,
    topic_change,
    user,
    vendor_certificate,
)

__all__ = [
    "alarm",
    "apple_certificate",
    "csr",
    "customer",
    "event",
    "export",
    "group",
    "invitation",
    "mail",
    "push_certificate",
    "sign_in_service",
    "site",
    "store_verification",
    "topic_change",
    "user",
    "vendor_certificate",
]
