"""Alarms: what staff have to look at, open ones first; they may close one by hand."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from onboarding import advice, errors, lifecycle
from onboarding.admin import fragments
from onboarding.admin.filters import ALL, DefaultedFilter
from onboarding.admin.page import ReadOnlyPage, asking, staff
from onboarding.lifecycle import Actor
from onboarding.models import Alarm

# In a list; the alarm's page has all of it.
_SHOWN = 140


class OpenFilter(DefaultedFilter):
    title = "state"
    parameter_name = "open"
    default = ALL
    options = [("yes", "Open"), ("no", "Over")]

    def narrowed(self, queryset: QuerySet[Alarm], option: str) -> QuerySet[Alarm]:
        return queryset.filter(cleared_at__isnull=option == "yes")


@admin.register(Alarm)
class AlarmPage(ReadOnlyPage):
    list_display = ("what", "state", "since", "over", "found")
    list_filter = (OpenFilter, "kind")
    # What is open, then what was over last.
    ordering = (F("cleared_at").desc(nulls_first=True), "-raised_at", "-id")
    search_fields = ("about", "sentence")
    search_help_text = "A word of the alarm"
    readonly_fields = (
        "what",
        "state",
        "raised",
        "ended",
        "whole_sentence",
        "what_to_do",
        "by_hand",
    )

    def get_fields(self, request: HttpRequest, obj: Alarm | None = None) -> tuple[str, ...]:
        *all_may_see, _ = self.readonly_fields
        may_close = _may_close(request)
        return self.readonly_fields if may_close else tuple(all_may_see)

    def get_urls(self) -> list[URLPattern]:
        close = asking(self.admin_site, self.close)
        return [path("<int:pk>/close/", close, name="onboarding_alarm_close"), *super().get_urls()]

    def close(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET asks, POST acts; whoever may not close alarms gets neither."""
        if not _may_close(request):
            raise PermissionDenied
        alarm = get_object_or_404(Alarm, pk=pk)
        if request.method != "POST":
            return TemplateResponse(
                request, "admin/onboarding/alarm/close.html", self._question(request, alarm)
            )
        try:
            lifecycle.close_alarm(alarm, by=Actor.of(staff(request)))
        except errors.PortalError as error:
            messages.error(request, error.sentence)
        else:
            messages.success(request, f"{alarm}: closed.")
        return redirect(fragments.address_of(alarm))

    def _question(self, request: HttpRequest, alarm: Alarm) -> dict[str, Any]:
        """Any: Unfold's context beside our own."""
        return {
            **self.admin_site.each_context(request),
            "title": "Close an alarm",
            "opts": Alarm._meta,
            "alarm": alarm,
            "back": fragments.address_of(alarm),
        }

    @admin.display(description="alarm", ordering="kind")
    def what(self, alarm: Alarm) -> str:
        return str(alarm)

    @admin.display(description="state")
    def state(self, alarm: Alarm) -> SafeString:
        return (
            fragments.label("Over", "success")
            if alarm.cleared_at
            else fragments.label("Open", "danger")
        )

    @admin.display(description="since")
    def since(self, alarm: Alarm) -> SafeString:
        return fragments.since(alarm.raised_at)

    @admin.display(description="over since")
    def over(self, alarm: Alarm) -> SafeString:
        if alarm.cleared_at is None:
            return fragments.empty()
        return fragments.since(alarm.cleared_at)

    @admin.display(description="found")
    def found(self, alarm: Alarm) -> str:
        return Truncator(alarm.sentence).chars(_SHOWN)

    @admin.display(description="since")
    def raised(self, alarm: Alarm) -> str:
        return fragments.moment(alarm.raised_at)

    @admin.display(description="over since")
    def ended(self, alarm: Alarm) -> str:
        return fragments.moment(alarm.cleared_at)

    @admin.display(description="what was found")
    def whole_sentence(self, alarm: Alarm) -> str:
        return alarm.sentence

    @admin.display(description="by hand")
    def by_hand(self, alarm: Alarm) -> SafeString:
        if alarm.cleared_at:
            return fragments.empty()
        address = reverse("admin:onboarding_alarm_close", args=[alarm.pk])
        return format_html('<a class="text-link" href="{}">Close this alarm…</a>', address)

    @admin.display(description="what to do")
    def what_to_do(self, alarm: Alarm) -> str:
        return "Nothing: it is over." if alarm.cleared_at else advice.on(alarm)


def _may_close(request: HttpRequest) -> bool:
    return Actor.of(staff(request)).may("close_alarm")
