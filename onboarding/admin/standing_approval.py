"""Standing approvals, and what was approved under them; each customer has one page for it."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from onboarding import errors, lifecycle
from onboarding.admin import approving_view, fragments
from onboarding.admin.filters import DefaultedFilter
from onboarding.admin.page import ReadOnlyPage, asking, staff
from onboarding.lifecycle import Actor
from onboarding.models import Customer, StandingApproval, StandingUse


@admin.register(StandingApproval)
class StandingApprovalPage(ReadOnlyPage):
    list_display = ("customer_link", "state", "ends_at", "monthly_limit", "people")
    list_display_links = None
    list_select_related = ("customer",)
    search_fields = ("customer__name",)
    search_help_text = "Customer"
    fields = ("customer_link", "state", "proposed_at", "ends_at", "monthly_limit", "people")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[StandingApproval]:
        return StandingApproval.objects.prefetch_related("consents__staff")

    def get_urls(self) -> list[URLPattern]:
        view = asking(self.admin_site, self.of_customer)
        name = "onboarding_standingapproval_of_customer"
        return [path("of/<uuid:pk>/", view, name=name), *super().get_urls()]

    def of_customer(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return approving_view.page(request, get_object_or_404(Customer, pk=pk))

    @admin.display(description="customer")
    def customer_link(self, standing: StandingApproval) -> SafeString:
        address = reverse(
            "admin:onboarding_standingapproval_of_customer", args=[standing.customer_id]
        )
        return format_html('<a class="text-link" href="{}">{}</a>', address, standing.customer)

    @admin.display(description="state")
    def state(self, standing: StandingApproval) -> SafeString:
        if standing.is_over(timezone.now()):
            return fragments.label("Over")
        if approving_view.is_in_force(standing):
            return fragments.label("In force", "success")
        return fragments.label("Waits for others to agree", "warning")

    @admin.display(description="agreed to by")
    def people(self, standing: StandingApproval) -> str:
        return ", ".join(str(one.staff) for one in standing.consents.all())


class ReviewFilter(DefaultedFilter):
    title = "review"
    parameter_name = "reviewed"
    default = "no"
    options = [("no", "To be looked at"), ("yes", "Looked at")]

    def narrowed(self, queryset: QuerySet[StandingUse], option: str) -> QuerySet[StandingUse]:
        return queryset.filter(reviewed_at__isnull=option == "no")


@admin.register(StandingUse)
class StandingUsePage(ReadOnlyPage):
    list_display = ("csr_link", "used_at", "review")
    list_display_links = None
    list_filter = (ReviewFilter,)
    list_select_related = ("csr__customer", "reviewed_by")
    search_fields = ("csr__customer__name",)
    search_help_text = "Customer"
    fields = ("csr_link", "used_at", "review")
    readonly_fields = fields
    actions = ("mark_reviewed",)
    change_form_template = "admin/onboarding/standinguse/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[StandingUse]:
        return StandingUse.objects.defer("csr__der", "csr__signature")

    def has_review_permission(self, request: HttpRequest) -> bool:
        return Actor.of(staff(request)).may("approve_csr")

    def get_urls(self) -> list[URLPattern]:
        look = asking(self.admin_site, self.look)
        name = "onboarding_standinguse_look"
        return [path("<int:pk>/look/", look, name=name), *super().get_urls()]

    def look(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST says that this person has looked at the CSR; the page with the button follows.

        Whoever may not say so gets neither.
        """
        if not self.has_review_permission(request):
            raise PermissionDenied
        use = get_object_or_404(self.get_queryset(request).select_related("csr__customer"), pk=pk)
        if request.method == "POST":
            self._mark(request, use)
        if "listed" in request.POST:
            return redirect("admin:onboarding_standingapproval_of_customer", use.csr.customer_id)
        return redirect(fragments.address_of(use.csr))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        """Any: Django's context and arguments, passed on."""
        may_review = self.has_review_permission(request)
        return super().render_change_form(request, {**context, "may_review": may_review}, **kwargs)

    @admin.action(description="Mark as looked at", permissions=["review"])
    def mark_reviewed(self, request: HttpRequest, queryset: QuerySet[StandingUse]) -> None:
        for use in queryset:
            self._mark(request, use)

    def _mark(self, request: HttpRequest, use: StandingUse) -> None:
        try:
            lifecycle.review_standing_use(use, by=Actor.of(staff(request)))
        except errors.PortalError as error:
            messages.error(request, f"{use.csr}: {error.sentence}")
        else:
            messages.success(request, f"{use.csr}: looked at.")

    @admin.display(description="CSR")
    def csr_link(self, use: StandingUse) -> SafeString:
        return fragments.link(use.csr)

    @admin.display(description="looked at")
    def review(self, use: StandingUse) -> SafeString:
        if use.reviewed_at is None:
            return fragments.label("Nobody yet", "warning")
        return format_html("{} by {}", fragments.moment(use.reviewed_at), use.reviewed_by)
