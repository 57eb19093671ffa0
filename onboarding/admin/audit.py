"""The audit trail's verifications and heads: when, how much, what was found, what left."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from onboarding import trail_watch
from onboarding.admin import fragments
from onboarding.admin.page import ReadOnlyPage
from onboarding.models import AuditHead, AuditVerification, Event, EventSeal


class AuditPage(ReadOnlyPage):
    """For whoever sees Events: these say whether they can be believed."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("onboarding.view_event")

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("onboarding.view_event")


@admin.register(AuditVerification)
class AuditVerificationPage(AuditPage):
    list_display = ("started_at", "shown_state", "after", "finished_at")
    list_display_links = ("started_at",)
    ordering = ("-started_at", "-id")
    fields = ("started_at", "finished_at", "shown_state", "after", "heads", "shown_findings")
    readonly_fields = fields

    @admin.display(description="result")
    def shown_state(self, verification: AuditVerification) -> SafeString:
        return state(verification)

    @admin.display(description="what was found")
    def shown_findings(self, verification: AuditVerification) -> SafeString:
        if not verification.findings:
            return fragments.empty()
        # Their keys alone: what was found may be that the rest cannot be read.
        named = Event.objects.only("pk").in_bulk(
            {one.get("event") for one in verification.findings} - {None}
        )
        lines = format_html_join(
            "",
            '<div class="fact"><span class="aside">{}</span> {} {}</div>',
            (
                (one["kind"], one["sentence"], _its_page(named.get(one.get("event"))))
                for one in verification.findings
            ),
        )
        more = verification.found - len(verification.findings)
        return format_html("{}<p>{} more.</p>", lines, f"{more:,}") if more > 0 else lines


@admin.register(AuditHead)
class AuditHeadPage(AuditPage):
    list_display = ("seq", "made_at", "left")
    ordering = ("-seq",)
    fields = ("seq", "made_at", "shown_hash", "key_id", "left", "document")
    readonly_fields = fields

    @admin.display(description="hash")
    def shown_hash(self, head: AuditHead) -> SafeString:
        return fragments.fingerprint(head.hash)

    @admin.display(description="left to")
    def left(self, head: AuditHead) -> SafeString:
        return format_html_join(
            "",
            '<div class="fact">{} <span class="aside">{}</span></div>',
            (
                (
                    one.place,
                    f"{one.delivered_at:%Y-%m-%d %H:%M} UTC"
                    if one.delivered_at
                    else f"not yet. {one.failure}",
                )
                for one in head.deliveries.all()
            ),
        )


def _its_page(event: Event | None) -> SafeString | str:
    """An Event that was deleted has none."""
    return fragments.link(event, "Its page") if event else ""


def about(event: Event) -> SafeString:
    """What the last verification that came to its end says of this Event."""
    verification = _last_verification()
    if verification is None:
        return fragments.empty()
    found = [one for one in verification.findings if one.get("event") == event.pk]
    at = fragments.link(verification, fragments.moment(verification.started_at))
    if not found:
        return format_html("{} does not name it", at)
    return format_html_join(
        "",
        '<div class="fact">{} {} <span class="aside">{}</span></div>',
        ((fragments.label(one["kind"], "danger"), one["sentence"], at) for one in found),
    )


def state(verification: AuditVerification) -> SafeString:
    if verification.found:
        places = "1 place" if verification.found == 1 else f"{verification.found:,} places"
        return fragments.label(f"Changed in {places}", "danger")
    if verification.finished_at is None:
        return fragments.label("Under way", "info")
    return fragments.label("Nothing was changed", "success")


def standing() -> dict[str, Any]:
    """For the top of the list of Events. Any: a template's context."""
    verification = _last_verification()
    return {
        "verification": verification,
        "state": state(verification) if verification else "",
        "head": AuditHead.objects.first(),
        "last": EventSeal.objects.order_by("-seq").only("seq", "sealed_at").first(),
        "behind": trail_watch.behind(now=timezone.now()),
    }


def _last_verification() -> AuditVerification | None:
    return AuditVerification.objects.filter(finished_at__isnull=False).first()
