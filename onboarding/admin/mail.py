"""Mails that the flow owes: which are sent, which wait, and why."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from onboarding import errors, lifecycle
from onboarding.admin import fragments
from onboarding.admin.filters import ALL, DefaultedFilter, StuckFilter
from onboarding.admin.page import ReadOnlyPage, staff
from onboarding.lifecycle import Actor
from onboarding.models import Mail
from onboarding.stuck import Part


class SentFilter(DefaultedFilter):
    title = "state"
    parameter_name = "sent"
    default = ALL
    options = [
        ("no", "Not sent yet"),
        ("yes", "Sent"),
        ("refused", "Given up, to be decided"),
        ("aside", "Given up, put aside"),
    ]

    def narrowed(self, queryset: QuerySet[Mail], option: str) -> QuerySet[Mail]:
        if option == "yes":
            return queryset.filter(sent_at__isnull=False)
        if option == "aside":
            return queryset.filter(put_aside_at__isnull=False)
        chosen = Mail.objects.refused() if option == "refused" else Mail.objects.unsent()
        return queryset.filter(pk__in=chosen.order_by().values("pk"))


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
    fields = (
        "kind",
        "recipient",
        "about",
        "queued_at",
        "state",
        "sent_at",
        "failure",
        "refusals",
        "not_before",
        "refused_at",
        "put_aside_at",
    )
    readonly_fields = fields
    actions = ("send_again", "put_aside")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mail]:
        return Mail.objects.defer("csr__der", "csr__signature", "push_certificate__der")

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return Actor.of(staff(request)).may("close_alarm")

    @admin.action(description="Send again", permissions=["settle"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Mail]) -> None:
        self._each(request, queryset, lifecycle.send_mail_again, done="is to be sent again")

    @admin.action(description="Put aside", permissions=["settle"])
    def put_aside(self, request: HttpRequest, queryset: QuerySet[Mail]) -> None:
        self._each(request, queryset, lifecycle.put_mail_aside, done="is put aside")

    def _each(
        self, request: HttpRequest, mails: QuerySet[Mail], act: Callable[..., None], *, done: str
    ) -> None:
        actor = Actor.of(staff(request))
        for mail in mails:
            try:
                act(mail, by=actor)
            except errors.PortalError as error:
                messages.error(request, f"{mail}: {error.sentence}")
            else:
                messages.success(request, f"{mail} {done}.")

    @admin.display(description="about")
    def about(self, mail: Mail) -> SafeString:
        about = mail.csr or mail.push_certificate or mail.alarm or mail.person or mail.customer
        return fragments.link(about)

    @admin.display(description="state")
    def state(self, mail: Mail) -> SafeString:
        if mail.sent_at:
            return fragments.label("Sent", "success")
        if mail.refused_at:
            tone = "" if mail.put_aside_at else "danger"
            return fragments.label("Given up, put aside" if mail.put_aside_at else "Given up", tone)
        if mail.failure:
            return fragments.label("Failed, tried again", "danger")
        return fragments.label("Waiting", "warning")
