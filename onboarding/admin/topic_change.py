"""Certificates that were created at Apple, not renewed: staff allow the new topic where meant."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminTextareaWidget

from onboarding import errors, lifecycle
from onboarding.admin import fragments, mine
from onboarding.admin.filters import ALL, DefaultedFilter
from onboarding.admin.page import ReadOnlyPage, staff
from onboarding.lifecycle import Actor, approvals
from onboarding.models import CSR, TopicChange


class AllowForm(forms.Form):
    reason = forms.CharField(
        label="Reason",
        max_length=2000,
        help_text="Kept for good with the change: who asked, and that they know what it means.",
        error_messages={"required": "Give a reason: it is kept with the change for good."},
        widget=UnfoldAdminTextareaWidget({"rows": 4}),
    )


class WhichFilter(DefaultedFilter):
    title = "state"
    parameter_name = "which"
    default = ALL
    options = [
        ("asked", "Asked for, to be decided"),
        ("mine", "Asked for, not allowed by you yet"),
        ("allowed", "Allowed"),
    ]

    def narrowed(self, queryset: QuerySet[TopicChange], option: str) -> QuerySet[TopicChange]:
        if option == "allowed":
            return queryset.filter(allowed_at__isnull=False)
        if option == "mine":
            found = mine.topics_to_allow(staff(self.request))
            return queryset.filter(pk__in=found.order_by().values("pk"))
        return queryset.filter(pk__in=TopicChange.objects.awaiting_decision())


@admin.register(TopicChange)
class TopicChangePage(ReadOnlyPage):
    list_display = ("what", "topic", "noted", "shown_state")
    list_filter = (WhichFilter,)
    list_select_related = ("csr__customer",)
    search_fields = ("csr__customer__name", "topic", "serial", "csr__renews__topic")
    search_help_text = "Customer, either topic, or serial number"
    fields = (
        "what",
        "shown_state",
        "decide",
        "old_certificate",
        "topic",
        "serial",
        "not_after",
        "fingerprint",
        "noted_by",
        "noted_at",
        "wanted_by",
        "wanted_at",
        "yeses",
        "allowed_at",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[TopicChange]:
        rows = TopicChange.objects.defer("csr__der", "csr__signature")
        return rows.select_related("csr__customer", "csr__renews", "noted_by", "wanted_by")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """The mail to staff leads to the changes of one CSR."""
        return lookup == "csr__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_urls(self) -> list[URLPattern]:
        allow = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self.allow))
        own = path("<uuid:pk>/allow/", allow, name="onboarding_topicchange_allow")
        return [own, *super().get_urls()]

    def allow(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """GET asks, POST acts; whoever may not override gets neither."""
        actor = Actor.of(staff(request))
        if not actor.may("override_topic"):
            raise PermissionDenied
        change = get_object_or_404(self.get_queryset(request), pk=pk)
        form = AllowForm(request.POST if request.method == "POST" else None)
        if not form.is_valid():
            return self._question(request, change, form)
        try:
            is_allowed = lifecycle.allow_topic_change(
                change, reason=form.cleaned_data["reason"], by=actor
            )
        except errors.PortalError as error:
            form.add_error("reason", error.sentence)
            return self._question(request, change, form)
        messages.success(
            request,
            "Allowed: the customer was told and can upload that certificate now."
            if is_allowed
            else "Your yes is noted; somebody else has to allow it, too.",
        )
        return redirect(fragments.address_of(change))

    def _question(
        self, request: HttpRequest, change: TopicChange, form: AllowForm
    ) -> TemplateResponse:
        context: dict[str, Any] = {
            # Any: Unfold's context beside our own.
            **self.admin_site.each_context(request),
            "title": "Allow another topic",
            "opts": TopicChange._meta,
            "change": change,
            "form": form,
            "given": list(change.approvals.select_related("staff")),
            "needed": approvals.required(change.csr),
            "back": fragments.address_of(change),
        }
        status = 422 if form.is_bound else 200
        return TemplateResponse(
            request, "admin/onboarding/topicchange/allow.html", context, status=status
        )

    def get_fields(self, request: HttpRequest, obj: TopicChange | None = None) -> list[str]:
        may_decide = Actor.of(staff(request)).may("override_topic")
        return [name for name in self.fields if may_decide or name != "decide"]

    @admin.display(description="renewal")
    def what(self, change: TopicChange) -> SafeString:
        return fragments.link(change.csr)

    @admin.display(description="to be renewed")
    def old_certificate(self, change: TopicChange) -> SafeString:
        return fragments.link(change.csr.renews)

    @admin.display(description="fingerprint, SHA-256")
    def fingerprint(self, change: TopicChange) -> SafeString:
        return fragments.fingerprint(change.fingerprint_sha256)

    @admin.display(description="uploaded", ordering="noted_at")
    def noted(self, change: TopicChange) -> str:
        return fragments.moment(change.noted_at)

    @admin.display(description="state")
    def shown_state(self, change: TopicChange) -> SafeString:
        if change.allowed_at:
            return fragments.label("Allowed", "success")
        if change.csr.state != CSR.State.SIGNED:
            return fragments.label("Settled otherwise")
        if change.wanted_at:
            return fragments.label("Asked for", "warning")
        return fragments.label("Refused; not asked for")

    @admin.display(description="allowed by")
    def yeses(self, change: TopicChange) -> SafeString:
        given = [(one.staff, one.reason) for one in change.approvals.select_related("staff")]
        return format_html_join("; ", "{}: {}", given) or fragments.empty()

    @admin.display(description="decision")
    def decide(self, change: TopicChange) -> SafeString:
        if change.allowed_at or change.csr.state != CSR.State.SIGNED:
            return fragments.empty()
        address = reverse("admin:onboarding_topicchange_allow", args=[change.pk])
        return format_html('<a class="text-link" href="{}">Allow this topic…</a>', address)
