"""Events: what was done, by whom, when. Written by the verbs, read here."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from onboarding import lifecycle
from onboarding.admin import fragments
from onboarding.admin.filters import ALL, DefaultedFilter
from onboarding.admin.page import ReadOnlyPage
from onboarding.models import Event


class VerbFilter(DefaultedFilter):
    title = "what was done"
    parameter_name = "verb"
    default = ALL
    # Asking the table which verbs it holds would read all of it.
    options = [
        (verb, verb.replace("_", " "))
        for verb in sorted({*lifecycle.__all__, "supersede"} - {"Actor"})
    ]

    def narrowed(self, queryset: QuerySet[Event], option: str) -> QuerySet[Event]:
        return queryset.filter(verb=option)


@admin.register(Event)
class EventPage(ReadOnlyPage):
    list_display = ("when", "what", "actor_name", "customer_link", "csr_link")
    list_filter = (VerbFilter,)
    list_select_related = ("customer", "csr__customer")
    ordering = ("-at", "-id")
    search_fields = ("actor_name", "customer__name")
    search_help_text = "Who did it, or the customer"
    fields = (
        "when",
        "what",
        "actor_name",
        "customer_link",
        "csr_link",
        "certificate_link",
        "vendor_certificate_link",
        "shown_facts",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        return Event.objects.defer("csr__der", "csr__signature")

    @admin.display(description="when (UTC)", ordering="at")
    def when(self, event: Event) -> str:
        return f"{event.at:%Y-%m-%d %H:%M:%S}"

    @admin.display(description="what was done")
    def what(self, event: Event) -> str:
        return fragments.verb(event)

    @admin.display(description="customer")
    def customer_link(self, event: Event) -> SafeString:
        return fragments.link(event.customer)

    @admin.display(description="CSR")
    def csr_link(self, event: Event) -> SafeString:
        return fragments.link(event.csr)

    @admin.display(description="push certificate")
    def certificate_link(self, event: Event) -> SafeString:
        return fragments.link(event.push_certificate)

    @admin.display(description="vendor certificate")
    def vendor_certificate_link(self, event: Event) -> SafeString:
        return fragments.link(event.vendor_certificate)

    @admin.display(description="facts")
    def shown_facts(self, event: Event) -> SafeString:
        return format_html_join(
            "",
            '<div class="fact"><span class="aside">{}</span> {}</div>',
            ((name.replace("_", " "), str(value)) for name, value in event.facts.items()),
        )
