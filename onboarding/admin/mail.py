"""Mails that the flow owes: which are sent, which wait, and why."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from onboarding.admin import fragments
from onboarding.admin.filters import ALL, DefaultedFilter, StuckFilter
from onboarding.admin.page import ReadOnlyPage
from onboarding.models import Mail
from onboarding.stuck import Part


class SentFilter(DefaultedFilter):
    title = "state"
    parameter_name = "sent"
    default = ALL
    options = [("no", "Not sent yet"), ("yes", "Sent")]

    def narrowed(self, queryset: QuerySet[Mail], option: str) -> QuerySet[Mail]:
        return queryset.filter(sent_at__isnull=option == "no")


class StuckMailFilter(StuckFilter):
    options = [(Part.MAILS, "Waiting too long")]


@admin.register(Mail)
class MailPage(ReadOnlyPage):
    list_display = ("kind", "recipient", "about", "queued_at", "state")
    list_filter = (SentFilter, StuckMailFilter)
    list_select_related = ("csr__customer", "alarm", "person", "push_certificate", "customer")
    ordering = ("-id",)
    search_fields = ("recipient", "csr__customer__name", "alarm__about")
    search_help_text = "Address, customer or matter of an alarm"
    fields = ("kind", "recipient", "about", "queued_at", "state", "sent_at", "failure")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mail]:
        return Mail.objects.defer("csr__der", "csr__signature", "push_certificate__der")

    @admin.display(description="about")
    def about(self, mail: Mail) -> SafeString:
        about = mail.csr or mail.push_certificate or mail.alarm or mail.person or mail.customer
        return fragments.link(about)

    @admin.display(description="state")
    def state(self, mail: Mail) -> SafeString:
        if mail.sent_at:
            return fragments.label("Sent", "success")
        if mail.failure:
            return fragments.label("Failed, tried again", "danger")
        return fragments.label("Waiting", "warning")
