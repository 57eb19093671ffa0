"""Certificates that were created at Apple, not renewed: staff allow or decline the new topic."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextareaWidget

from onboarding import errors, lifecycle
from onboarding.admin import fragments, mine
from onboarding.admin.deed import ReasonForm, ask_and_do
from onboarding.admin.filters import ALL, DefaultedFilter
from onboarding.admin.page import ReadOnlyPage, asking, staff
from onboarding.lifecycle import Actor, approvals, topic_change
from onboarding.long_text import LongTextField
from onboarding.models import CSR, TopicChange, User

_NO_YES = "There is no yes of yours to this topic that could be taken back."


class AllowForm(forms.Form):
    reason = LongTextField(
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
        ("declined", "Declined"),
    ]

    def narrowed(self, queryset: QuerySet[TopicChange], option: str) -> QuerySet[TopicChange]:
        if option == "allowed":
            return queryset.filter(allowed_at__isnull=False)
        if option == "declined":
            return queryset.filter(declined_at__isnull=False)
        if option == "mine":
            found = mine.topics_to_allow(staff(self.request))
            return queryset.filter(pk__in=found.order_by().values("pk"))
        return queryset.filter(pk__in=TopicChange.objects.awaiting_decision())


@admin.register(TopicChange)
class TopicChangePage(ReadOnlyPage):
    list_display = ("what", "topic", "noted", "shown_state")
    list_display_links = ("topic",)
    list_filter = (WhichFilter,)
    list_select_related = ("csr__customer",)
    search_fields = ("csr__customer__name", "topic", "serial", "csr__renews__topic")
    search_help_text = "Customer, either topic, or serial number"
    fields = (
        "what",
        "shown_state",
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
        "refusal",
    )
    readonly_fields = fields
    change_form_template = "admin/onboarding/topicchange/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[TopicChange]:
        rows = TopicChange.objects.defer("csr__der", "csr__signature")
        return rows.select_related(
            "csr__customer", "csr__renews", "noted_by", "wanted_by", "declined_by"
        )

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """The mail to staff leads to the changes of one CSR."""
        return lookup == "csr__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_urls(self) -> list[URLPattern]:
        views = (self.allow, self.decline, self.take_back)
        allow, decline, take_back = (asking(self.admin_site, view) for view in views)
        return [
            path("<uuid:pk>/allow/", allow, name="onboarding_topicchange_allow"),
            path("<uuid:pk>/decline/", decline, name="onboarding_topicchange_decline"),
            path("<uuid:pk>/take-back/", take_back, name="onboarding_topicchange_take_back"),
            *super().get_urls(),
        ]

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

    def decline(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        change = get_object_or_404(self.get_queryset(request), pk=pk)
        page = {
            "title": f"Decline another topic for {change.csr.customer}",
            "button": "Decline the new topic",
            "tone": "danger",
            "done": "Declined: the customer was told.",
            "means": [
                f"New topic: {change.topic}, serial number {change.serial}.",
                "The customer gets a mail with your reason, and reads it on the CSR’s page.",
                "The renewal goes on: what Apple gives for Renew is taken, as before.",
                "This cannot be undone; the customer can start the renewal again, and ask anew.",
            ],
        }

        def act(data: Any) -> None:
            """Any: what the form holds."""
            reason, by = data["reason"], Actor.of(staff(request))
            lifecycle.decline_topic_change(change, reason=reason, by=by)

        form = ReasonForm(request.POST or None)
        return ask_and_do(
            request, change, permission="override_topic", form=form, act=act, page=page
        )

    def take_back(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        change, by = get_object_or_404(self.get_queryset(request), pk=pk), staff(request)
        page = {
            "title": f"Take your yes to another topic for {change.csr.customer} back",
            "button": "Take my yes back",
            "tone": "plain",
            "done": "Your yes is taken back.",
            "means": [
                f"New topic: {change.topic}, serial number {change.serial}.",
                "Your yes no longer counts. You can give it anew as long as nobody has declined.",
            ],
            "why_not": "" if _may_take_back(change, by) else _NO_YES,
        }
        return ask_and_do(
            request,
            change,
            permission="override_topic",
            form=forms.Form(request.POST if request.method == "POST" else None),
            act=lambda _: lifecycle.take_back_topic_approval(change, by=Actor.of(by)),
            page=page,
        )

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
            **_standing(change, by=staff(request)),
            "back": fragments.address_of(change),
        }
        status = 422 if form.is_bound else 200
        return TemplateResponse(
            request, "admin/onboarding/topicchange/allow.html", context, status=status
        )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        """Any: Django's context and arguments, passed on; `obj` is the change."""
        change, by = kwargs["obj"], staff(request)
        is_open = not change.is_decided and change.csr.state == CSR.State.SIGNED
        own = {
            "now": timezone.now(),
            "may_decide": is_open and Actor.of(by).may("override_topic"),
            "may_take_back": _may_take_back(change, by),
            **_standing(change, by=by),
        }
        return super().render_change_form(request, {**context, **own}, **kwargs)

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
        if change.declined_at:
            return fragments.label("Declined")
        if change.csr.state != CSR.State.SIGNED:
            return fragments.label("Settled otherwise")
        if change.wanted_at:
            return fragments.label("Asked for", "warning")
        return fragments.label("Refused; not asked for")

    @admin.display(description="allowed by")
    def yeses(self, change: TopicChange) -> SafeString:
        given = [(one.staff, one.reason) for one in change.approvals.select_related("staff")]
        return format_html_join("; ", "{}: {}", given) or fragments.empty()

    @admin.display(description="declined")
    def refusal(self, change: TopicChange) -> str:
        if change.declined_at is None:
            return "–"
        moment = fragments.moment(change.declined_at)
        return f"{moment} by {change.declined_by}: {change.decline_reason}"


def _may_take_back(change: TopicChange, by: User) -> bool:
    return not change.is_decided and change.approvals.filter(staff=by).exists()


def _standing(change: TopicChange, *, by: User) -> dict[str, Any]:
    """Who allowed it so far, and whether this person can still add a yes. Any: a context."""
    return {
        "given": topic_change.allowed_by(change),
        "needed": approvals.required(change.csr),
        "why_not_allow": topic_change.why_not_allow(change, by=by),
    }
