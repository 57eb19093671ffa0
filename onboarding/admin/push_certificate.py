"""Push certificates: whose, which topic, until when. Sorted by their end."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from onboarding.admin import fragments, revoke_view, searching
from onboarding.admin.filters import DefaultedFilter
from onboarding.admin.page import ReadOnlyPage, staff
from onboarding.models import CSR, PushCertificate

SOON = timedelta(days=30)


class WhichFilter(DefaultedFilter):
    title = "state"
    parameter_name = "which"
    default = "active"
    options = [
        ("active", "Active"),
        ("soon", f"Ending within {SOON.days} days"),
        ("expired", "Expired, not renewed"),
        ("superseded", "Superseded"),
        ("revoked", "Revoked"),
    ]

    def narrowed(
        self, queryset: QuerySet[PushCertificate], option: str
    ) -> QuerySet[PushCertificate]:
        now = timezone.now()
        active = queryset.filter(state=PushCertificate.State.ACTIVE)
        if option == "soon":
            return active.filter(not_after__gt=now, not_after__lte=now + SOON)
        if option == "expired":
            return active.filter(not_after__lte=now)
        return queryset.filter(state=option)


@admin.register(PushCertificate)
class PushCertificatePage(ReadOnlyPage):
    change_form_template = "admin/onboarding/pushcertificate/change_form.html"
    list_display = ("topic", "customer_link", "ends", "shown_state", "apple_account")
    list_filter = (WhichFilter,)
    list_select_related = ("customer",)
    sortable_by = ("ends",)
    search_fields = ("topic", "serial", "customer__name", "apple_account")
    search_help_text = "Topic, serial number, customer or Apple Account"
    fields = (
        "topic",
        "customer_link",
        "shown_state",
        "not_before",
        "ends",
        "apple_account",
        "serial",
        "issuer",
        "fingerprint",
        "activated_at",
        "revocation",
        "csr_link",
        "predecessor_link",
        "successor_link",
        "renewals",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[PushCertificate]:
        return PushCertificate.objects.defer("der")

    def found_by(self, term: str) -> Q:
        return searching.push_certificates(term)

    def get_urls(self) -> list[URLPattern]:
        revoke = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self.revoke))
        own = [path("<uuid:pk>/revoke/", revoke, name="onboarding_pushcertificate_revoke")]
        return [*own, *super().get_urls()]

    def revoke(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return revoke_view.revoke(request, get_object_or_404(PushCertificate, pk=pk))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        """Any: Django's context and arguments, passed on; `obj` is the certificate."""
        may_revoke = revoke_view.may_revoke(kwargs["obj"], by=staff(request))
        return super().render_change_form(request, {**context, "may_revoke": may_revoke}, **kwargs)

    @admin.display(description="revoked")
    def revocation(self, certificate: PushCertificate) -> str:
        if certificate.revoked_at is None:
            return "–"
        return f"{fragments.moment(certificate.revoked_at)}: {certificate.revocation_reason}"

    @admin.display(description="customer")
    def customer_link(self, certificate: PushCertificate) -> SafeString:
        return fragments.link(certificate.customer)

    @admin.display(description="valid until", ordering="not_after")
    def ends(self, certificate: PushCertificate) -> SafeString:
        return fragments.end(certificate.not_after, now=timezone.now())

    @admin.display(description="state")
    def shown_state(self, certificate: PushCertificate) -> SafeString:
        if certificate.state != PushCertificate.State.ACTIVE:
            return fragments.label(certificate.get_state_display())
        now = timezone.now()
        if certificate.is_expired(now):
            return fragments.label("Expired", "danger")
        if certificate.is_expired(now + SOON):
            return fragments.label("Ends soon", "warning")
        return fragments.label("Active", "success")

    @admin.display(description="fingerprint, SHA-256")
    def fingerprint(self, certificate: PushCertificate) -> SafeString:
        return fragments.fingerprint(certificate.fingerprint_sha256)

    @admin.display(description="CSR")
    def csr_link(self, certificate: PushCertificate) -> SafeString:
        if certificate.is_imported:
            return format_html("{}", "none: imported without its CSR and key")
        return fragments.link(certificate.csr)

    @admin.display(description="renewed from")
    def predecessor_link(self, certificate: PushCertificate) -> SafeString:
        return _link(certificate.predecessor)

    @admin.display(description="renewed by")
    def successor_link(self, certificate: PushCertificate) -> SafeString:
        return _link(PushCertificate.objects.filter(predecessor=certificate).first())

    @admin.display(description="renewal under way")
    def renewals(self, certificate: PushCertificate) -> SafeString:
        return fragments.link(CSR.objects.live().filter(renews=certificate).first())


def _link(certificate: PushCertificate | None) -> SafeString:
    """Of one topic's certificates, told apart by what differs: the serial number."""
    text = f"serial number {certificate.serial}" if certificate else ""
    return fragments.link(certificate, text)
