"""The vendor's certificates, as the signer announced them, how long they last, and who was told."""

from datetime import datetime, timedelta

from django.contrib import admin
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from onboarding import vendor_watch
from onboarding.admin import fragments
from onboarding.admin.page import ReadOnlyPage
from onboarding.models import Alarm, VendorCertificate
from onboarding.vendor_watch import End

# Getting a new one from Apple takes days, and after its end nothing can be signed.
SOON = timedelta(days=max(vendor_watch.THRESHOLDS))


def standing(certificate: VendorCertificate, *, now: datetime) -> tuple[str, str]:
    """How it stands by the first end in its chain, and the tone of that."""
    end = End.of(certificate).at
    if end <= now:
        return "Expired", "danger"
    if not certificate.is_current(now):
        return "Not valid yet", "warning"
    if end <= now + SOON:
        days = (end - now).days
        return f"Ends in {days} day{pluralize(days)}", "warning"
    return "Current", "success"


@admin.register(VendorCertificate)
class VendorCertificatePage(ReadOnlyPage):
    list_display = ("subject", "shown_state", "ends", "announced_at")
    fields = (
        "subject",
        "shown_state",
        "not_before",
        "ends",
        "usable_until",
        "told_at",
        "alarms",
        "serial",
        "fingerprint",
        "public_key",
        "announced_at",
        "signed",
    )
    readonly_fields = fields

    @admin.display(description="state")
    def shown_state(self, certificate: VendorCertificate) -> SafeString:
        return fragments.label(*standing(certificate, now=timezone.now()))

    @admin.display(description="valid until", ordering="not_after")
    def ends(self, certificate: VendorCertificate) -> SafeString:
        return fragments.end(certificate.not_after)

    @admin.display(description="usable until")
    def usable_until(self, certificate: VendorCertificate) -> SafeString:
        """The first end in the chain: what issued the certificate may end before it."""
        end = End.of(certificate)
        return format_html(
            '{} <span class="aside">“{}” ends first</span>',
            fragments.end(end.at),
            end.name,
        )

    @admin.display(description="staff are told on")
    def told_at(self, certificate: VendorCertificate) -> SafeString:
        at = End.of(certificate).at
        return format_html_join(
            "", '<div>{} <span class="aside">{}</span></div>', _tellings(at, now=timezone.now())
        )

    @admin.display(description="alarms on it")
    def alarms(self, certificate: VendorCertificate) -> SafeString:
        found = Alarm.objects.filter(
            kind=Alarm.Kind.VENDOR_CERTIFICATE_ENDING,
            about__startswith=vendor_watch.matter(certificate),
        )
        rows = [
            (fragments.link(alarm), "over" if alarm.cleared_at else "open") for alarm in found[:20]
        ]
        shown = format_html_join("", '<div>{} <span class="aside">{}</span></div>', rows)
        return shown or fragments.empty()

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


def _tellings(end: datetime, *, now: datetime) -> list[tuple[str, str]]:
    """Each day on which staff are told of the end, and how far it is from it."""
    reached = vendor_watch.reached(end, now=now)
    found = []
    for days in vendor_watch.THRESHOLDS:
        before = f"{days} day{pluralize(days)} before the end" if days else "at the end"
        is_now = ", reached" if days == reached else ""
        found.append((f"{end - timedelta(days=days):%Y-%m-%d}", before + is_now))
    return found
