"""Apple's intermediates that an operator added with `manage.py apple_ca`."""

from django.contrib import admin
from django.utils.safestring import SafeString

from onboarding.admin import fragments
from onboarding.admin.page import ReadOnlyPage
from onboarding.models import AppleCertificate


@admin.register(AppleCertificate)
class AppleCertificatePage(ReadOnlyPage):
    list_display = ("subject", "ends", "added_at")
    fields = ("subject", "ends", "fingerprint", "added_at")
    readonly_fields = fields

    @admin.display(description="valid until", ordering="not_after")
    def ends(self, certificate: AppleCertificate) -> SafeString:
        return fragments.end(certificate.not_after)

    @admin.display(description="fingerprint, SHA-256")
    def fingerprint(self, certificate: AppleCertificate) -> SafeString:
        return fragments.fingerprint(certificate.fingerprint_sha256)
