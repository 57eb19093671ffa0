"""Events: what was done, by whom, when. Written by the verbs, read here."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from onboarding import lifecycle
from onboarding.admin import audit, fragments, searching, trail_export, unreadable
from onboarding.admin.event_filter import TypedFilter
from onboarding.admin.filters import ALL, DefaultedFilter
from onboarding.admin.page import ReadOnlyPage
from onboarding.models import Event, EventSeal

# What follows from a verb, or is written under another name than the verb's.
_FURTHER = {
    "accept_invitation",
    "key_gone",
    "make_export",
    "rotate_custody_key",
    "supersede",
    "use_standing_approval",
    "want_fewer_approvals",
}


class VerbFilter(DefaultedFilter):
    title = "what was done"
    parameter_name = "verb"
    default = ALL
    # Asking the table which verbs it holds would read all of it.
    options = [
        (verb, verb.replace("_", " "))
        for verb in sorted({*lifecycle.__all__, *_FURTHER} - {"Actor", "Signature"})
    ]

    def narrowed(self, queryset: QuerySet[Event], option: str) -> QuerySet[Event]:
        return queryset.filter(verb=option)


class TimeFilter(DefaultedFilter):
    title = "when"
    parameter_name = "within"
    default = ALL
    options = [("1", "Last 24 hours"), ("7", "Last 7 days"), ("31", "Last 31 days")]

    def narrowed(self, queryset: QuerySet[Event], option: str) -> QuerySet[Event]:
        return queryset.filter(at__gte=timezone.now() - timedelta(days=int(option)))


@admin.register(Event)
class EventPage(ReadOnlyPage):
    list_display = ("when", "what", "actor_name", "customer_link", "csr_link", "address")
    list_filter = (TypedFilter, VerbFilter, TimeFilter)
    list_before_template = "admin/onboarding/event/trail.html"
    list_select_related = ("customer", "csr__customer")
    ordering = ("-at", "-id")
    sortable_by = ("when",)
    search_fields = ("actor_name", "customer__name")
    search_help_text = "A person, a customer, a network address, or the id of a CSR or an Event"
    fields = (
        "when",
        "what",
        "actor_name",
        "customer_link",
        "csr_link",
        "certificate_link",
        "vendor_certificate_link",
        "shown_facts",
        "address",
        "user_agent",
        "shown_seal",
        "shown_verification",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        return Event.objects.defer("csr__der", "csr__signature")

    def read(self, rows: QuerySet[Event], keys: list[Any]) -> dict[Any, Event]:
        """Any: Django types keys loosely."""
        return unreadable.by_key(rows, keys)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Event | None:
        return unreadable.one(
            lambda: super(EventPage, self).get_object(request, object_id), object_id
        )

    def get_urls(self) -> list[URLPattern]:
        export = self.admin_site.admin_view(self.export)
        own = [path("export/<str:form>/", export, name="onboarding_event_export")]
        return [*own, *super().get_urls()]

    def export(self, request: HttpRequest, form: str) -> HttpResponseBase:
        """What the list shows, all of it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            events = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            # The list says what is wrong; what it would show otherwise is not what was asked for.
            return redirect(f"{fragments.list_of(Event)}?{request.GET.urlencode()}")
        return trail_export.answer(request, events, form=form)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Any: a template's context."""
        own = {
            "trail": audit.standing(),
            "may_export": request.user.has_perm("onboarding.read_audit"),
        }
        response: HttpResponse = super().changelist_view(request, {**(extra_context or {}), **own})
        return response

    def found_by(self, term: str) -> Q:
        return searching.events(term)

    @admin.display(description="seal")
    def shown_seal(self, event: Event) -> SafeString:
        seal = EventSeal.objects.filter(event_id=event.pk).first()
        if seal is None:
            return fragments.label("Waits for its seal", "warning")
        return format_html(
            "number {} of the chain {}", seal.seq, fragments.fingerprint(bytes(seal.hash).hex())
        )

    @admin.display(description="last verification")
    def shown_verification(self, event: Event) -> SafeString:
        return audit.about(event)

    @admin.display(description="when (UTC)", ordering="at")
    def when(self, event: Event) -> str:
        readable = "at" not in event.unreadable
        return f"{event.at:%Y-%m-%d %H:%M:%S}" if readable else unreadable.UNREADABLE

    @admin.display(description="what was done")
    def what(self, event: Event) -> str:
        person = event.facts.get("person")
        return f"{fragments.verb(event)}: {person}" if person else fragments.verb(event)

    @admin.display(description="customer")
    def customer_link(self, event: Event) -> str:
        return unreadable.link(event, "customer")

    @admin.display(description="CSR")
    def csr_link(self, event: Event) -> str:
        return unreadable.link(event, "csr")

    @admin.display(description="push certificate")
    def certificate_link(self, event: Event) -> str:
        return unreadable.link(event, "push_certificate")

    @admin.display(description="vendor certificate")
    def vendor_certificate_link(self, event: Event) -> str:
        return unreadable.link(event, "vendor_certificate")

    @admin.display(description="facts")
    def shown_facts(self, event: Event) -> SafeString:
        return format_html_join(
            "",
            '<div class="fact"><span class="aside">{}</span> {}</div>',
            ((name.replace("_", " "), str(value)) for name, value in event.facts.items()),
        )
