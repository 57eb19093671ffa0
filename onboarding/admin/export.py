"""Exports of push keys: who asked, what became of it. The files are their owners' alone."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from onboarding.admin import fragments
from onboarding.admin.filters import StuckFilter
from onboarding.admin.page import ReadOnlyPage
from onboarding.models import Export
from onboarding.stuck import Part

_TONES = {
    Export.State.ASKED: "warning",
    Export.State.READY: "info",
    Export.State.FAILED: "danger",
}


class StuckExportFilter(StuckFilter):
    options = [(Part.EXPORTS, "Being made")]


@admin.register(Export)
class ExportPage(ReadOnlyPage):
    list_display = ("certificate", "customer", "asked_by", "asked_at", "form", "shown_state")
    list_display_links = ("asked_at",)
    list_filter = ("state", StuckExportFilter)
    list_select_related = ("push_certificate__customer", "asked_by")
    search_fields = (
        "push_certificate__customer__name",
        "push_certificate__topic",
        "asked_by__email",
    )
    search_help_text = "Customer, topic or address"
    fields = (
        "certificate",
        "customer",
        "asked_by",
        "asked_at",
        "form",
        "shown_state",
        "made_at",
        "fetched_at",
        "gone_at",
        "failure",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Export]:
        return Export.objects.defer("sealed_passphrase", "push_certificate__der")

    @admin.display(description="push certificate")
    def certificate(self, export: Export) -> SafeString:
        return fragments.link(export.push_certificate)

    @admin.display(description="customer", ordering="push_certificate__customer__name")
    def customer(self, export: Export) -> SafeString:
        return fragments.link(export.push_certificate.customer)

    @admin.display(description="state", ordering="state")
    def shown_state(self, export: Export) -> SafeString:
        tone = _TONES.get(Export.State(export.state), "")
        return fragments.label(export.get_state_display(), tone)
