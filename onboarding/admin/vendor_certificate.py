"""The vendor's certificates, as the signer announced them, and how long they last."""

from datetime import timedelta

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from onboarding.admin import fragments
from onboarding.admin.page import ReadOnlyPage
from onboarding.models import VendorCertificate

# Getting a new one from Apple takes days, and after its end nothing can be signed.
SOON = timedelta(days=60)


@admin.register(VendorCertificate)
class VendorCertificatePage(ReadOnlyPage):
    list_display = ("subject", "shown_state", "ends", "announced_at")
    fields = (
        "subject",
        "shown_state",
        "not_before",
        "ends",
        "serial",
        "fingerprint",
        "public_key",
        "announced_at",
        "signed",
    )
    readonly_fields = fields

    @admin.display(description="state")
    def shown_state(self, certificate: VendorCertificate) -> SafeString:
        now = timezone.now()
        if certificate.not_after <= now:
            return fragments.label("Expired", "danger")
        if not certificate.is_current(now):
            return fragments.label("Not valid yet", "warning")
        days = (certificate.not_after - now).days
        if certificate.not_after <= now + SOON:
            return fragments.label(f"Ends in {days} days", "warning")
        return fragments.label("Current", "success")

    @admin.display(description="valid until", ordering="not_after")
    def ends(self, certificate: VendorCertificate) -> SafeString:
        return fragments.end(certificate.not_after, now=timezone.now())

    @admin.display(description="fingerprint, SHA-256")
    def fingerprint(self, certificate: VendorCertificate) -> SafeString:
        return fragments.fingerprint(certificate.fingerprint_sha256)

    @admin.display(description="public key, SHA-256")
    def public_key(self, certificate: VendorCertificate) -> SafeString:
        return fragments.fingerprint(certificate.public_key_sha256)

    @admin.display(description="signed with it")
    def signed(self, certificate: VendorCertificate) -> SafeString:
        address = reverse("admin:onboarding_csr_changelist")
        return format_html(
            '<a class="text-link" href="{}?state=all&vendor_certificate__id__exact={}">{}</a>',
            address,
            certificate.pk,
            "CSRs signed with this certificate",
        )
