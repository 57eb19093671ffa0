"""Reminders that were told: of which certificate, how long before its end, and when."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from onboarding.admin import fragments, told
from onboarding.admin.page import ReadOnlyPage
from onboarding.models import Mail, Reminder

OF_CUSTOMER = "push_certificate__customer__id__exact"


@admin.register(Reminder)
class ReminderPage(ReadOnlyPage):
    list_display = ("when", "customer", "certificate", "at")
    search_fields = ("push_certificate__customer__name", "push_certificate__topic")
    search_help_text = "Customer or topic"
    list_select_related = ("push_certificate__customer",)
    fields = ("when", "customer", "certificate", "at", "mails")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reminder]:
        return Reminder.objects.defer("push_certificate__der")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """A customer's page leads to its own."""
        return lookup == OF_CUSTOMER or super().lookup_allowed(lookup, value, request)

    @admin.display(description="told", ordering="threshold")
    def when(self, reminder: Reminder) -> str:
        return told.when(reminder.threshold)

    @admin.display(description="customer")
    def customer(self, reminder: Reminder) -> SafeString:
        return fragments.link(reminder.push_certificate.customer)

    @admin.display(description="push certificate")
    def certificate(self, reminder: Reminder) -> SafeString:
        return fragments.link(reminder.push_certificate)

    @admin.display(description="mails")
    def mails(self, reminder: Reminder) -> SafeString:
        """How many are kept; those of whom nobody wants to hear any more were not sent."""
        sent = Mail.objects.filter(
            kind=Mail.Kind.REMINDER,
            push_certificate=reminder.push_certificate,
            occasion=str(reminder.threshold),
        )
        address = reverse("admin:onboarding_mail_changelist")
        query = f"push_certificate__id__exact={reminder.push_certificate_id}"
        text = f"{sent.filter(sent_at__isnull=False).count()} of {sent.count()} sent"
        return format_html('<a class="text-link" href="{}?{}">{}</a>', address, query, text)
