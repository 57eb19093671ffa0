"""Alarms: what staff have to look at, open ones first. Raised and cleared by our processes."""

from django.contrib import admin
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from onboarding import advice
from onboarding.admin import fragments
from onboarding.admin.filters import ALL, DefaultedFilter
from onboarding.admin.page import ReadOnlyPage
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
    fields = ("what", "state", "raised", "ended", "whole_sentence", "what_to_do")
    readonly_fields = fields

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
        return fragments.since(alarm.raised_at, now=timezone.now())

    @admin.display(description="over since")
    def over(self, alarm: Alarm) -> SafeString:
        if alarm.cleared_at is None:
            return fragments.empty()
        return fragments.since(alarm.cleared_at, now=timezone.now())

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

    @admin.display(description="what to do")
    def what_to_do(self, alarm: Alarm) -> str:
        return "Nothing: it is over." if alarm.cleared_at else advice.on(alarm)
