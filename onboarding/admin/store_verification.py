"""Comparisons of database and file storage: when, how much was looked at, what differed."""

from collections.abc import Iterable

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from onboarding import printable
from onboarding.admin import fragments
from onboarding.admin.page import ReadOnlyPage
from onboarding.models import StoreVerification
from onboarding.models.store_verification import counted


@admin.register(StoreVerification)
class StoreVerificationPage(ReadOnlyPage):
    list_display = ("started_at", "shown_state", "finished_at")
    list_display_links = ("started_at",)
    ordering = ("-started_at", "-id")
    fields = ("started_at", "finished_at", "shown_state", "shown_checked", "shown_findings")
    readonly_fields = fields

    @admin.display(description="result")
    def shown_state(self, verification: StoreVerification) -> SafeString:
        count = verification.differences
        if count:
            return fragments.label(counted(count), "danger")
        if verification.finished_at is None:
            return fragments.label("Under way", "info")
        if verification.unchecked:
            return fragments.label("No difference, not all was checked", "warning")
        return fragments.label("No difference", "success")

    @admin.display(description="looked at")
    def shown_checked(self, verification: StoreVerification) -> SafeString:
        return _lines((f"{count:,}", name) for name, count in verification.checked.items())

    @admin.display(description="what differs")
    def shown_findings(self, verification: StoreVerification) -> SafeString:
        found = verification.findings
        if not found:
            return fragments.empty()
        # Escaped when they were found; not so before that was done.
        sentences = map(printable.escaped, found)
        lines = _lines((f"{number}.", sentence) for number, sentence in enumerate(sentences, 1))
        more = verification.differences - len(found)
        if more <= 0:
            return lines
        return format_html(
            "{}<p>{} more: <code>manage.py verify_store</code> lists them all.</p>",
            lines,
            f"{more:,}",
        )


def _lines(items: Iterable[tuple[str, str]]) -> SafeString:
    return format_html_join("", '<div class="fact"><span class="aside">{}</span> {}</div>', items)
