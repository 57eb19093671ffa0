"""CSRs: what waits, what is in it, and the decision. Nothing here is edited."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from onboarding import lifecycle, stuck, unusual
from onboarding.admin import (
    circumstances,
    csr_filters,
    csr_list,
    csr_page,
    decision_view,
    fragments,
    key_view,
    mine,
    searching,
)
from onboarding.admin.decisions import APPROVE, ASK, BY_NAME, REJECT, Decision
from onboarding.admin.page import ReadOnlyPage, asking, staff
from onboarding.lifecycle import Actor
from onboarding.models import CSR
from onboarding.pki import pem

_TONES = {
    CSR.State.SUBMITTED: "warning",
    CSR.State.APPROVED: "info",
    CSR.State.FAILED: "danger",
    CSR.State.SIGNED: "success",
    CSR.State.FULFILLED: "success",
}


@admin.register(CSR)
class CSRPage(ReadOnlyPage):
    list_display = ("what", "short_origin", "requested_by", "age", "shown_state", "remarks")
    list_filter = (
        csr_list.StateFilter,
        csr_filters.MineFilter,
        csr_filters.RenewalFilter,
        csr_filters.StuckCSRFilter,
        "origin",
        csr_list.KeyFilter,
    )
    search_fields = (
        "customer__name",
        "public_key_sha256",
        "push_certificate__topic",
        "id",
    )
    search_help_text = "Customer, topic, public key's fingerprint, or the CSR's number"
    actions = ("approve_selected", "reject_selected", "ask_selected")
    # Nobody looks through CSRs that are on other pages of the list.
    list_disable_select_all = True
    fields = ("state",)
    change_form_template = "admin/onboarding/csr/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[CSR]:
        # The signature and the CSR itself are not needed to list them.
        rows = CSR.objects.defer("signature", "der")
        is_of_answers = csr_filters.MineFilter.is_of_answers(request)
        return mine.with_answer(rows, staff(request)) if is_of_answers else rows

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """What was answered waits since the answer."""
        if not csr_filters.MineFilter.is_of_answers(request):
            return self.list_display
        return tuple("answered" if name == "age" else name for name in self.list_display)

    def gathered(self, rows: QuerySet[CSR]) -> QuerySet[CSR]:
        return circumstances.ask(rows)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> CSR | None:
        found = super().get_object(request, object_id, from_field)
        return found and self._with_circumstances(request).get(pk=found.pk)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return csr_list.ordering(request)

    def get_sortable_by(self, request: HttpRequest) -> tuple[str, ...]:
        return csr_list.sortable_by(request)

    def found_by(self, term: str) -> Q:
        return searching.csrs(term)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return Actor.of(staff(request)).may("approve_csr")

    def has_ask_permission(self, request: HttpRequest) -> bool:
        return Actor.of(staff(request)).may("ask_customer")

    @admin.display(description="CSR")
    def what(self, csr: CSR) -> str:
        return f"{csr.customer} · {str(csr.pk)[:8]}"

    @admin.display(description="origin")
    def short_origin(self, csr: CSR) -> str:
        return "made\u00a0here" if csr.is_made_here else "uploaded"

    @admin.display(description="since", ordering="state_since")
    def age(self, csr: CSR) -> SafeString:
        return fragments.since(csr.state_since)

    @admin.display(description="answered")
    def answered(self, csr: Any) -> SafeString:
        """Any: a CSR with the column that `with_answer` added, which the model does not declare."""
        return fragments.since(csr.answered_at)

    @admin.display(description="state")
    def shown_state(self, csr: CSR) -> SafeString:
        if stuck.part_of(csr, now=timezone.now()):
            return fragments.label(f"{csr.get_state_display()}, stuck", "danger")
        return fragments.label(csr.get_state_display(), _TONES.get(CSR.State(csr.state), ""))

    @admin.display(description="unusual")
    def remarks(self, csr: CSR) -> SafeString:
        return fragments.marks(
            unusual.remarks(csr, circumstances=circumstances.read(csr), now=timezone.now())
        )

    @admin.action(description="Approve…", permissions=["decide"])
    def approve_selected(self, request: HttpRequest, queryset: QuerySet[CSR]) -> HttpResponse:
        return self._confirm(request, APPROVE)

    @admin.action(description="Reject…", permissions=["decide"])
    def reject_selected(self, request: HttpRequest, queryset: QuerySet[CSR]) -> HttpResponse:
        return self._confirm(request, REJECT)

    @admin.action(description="Ask the customer…", permissions=["ask"])
    def ask_selected(self, request: HttpRequest, queryset: QuerySet[CSR]) -> HttpResponse:
        return self._confirm(request, ASK)

    def _confirm(self, request: HttpRequest, decision: Decision) -> HttpResponse:
        # Django's own queryset holds only what still fits the list's filter: what somebody else
        # decided in the meantime would be passed over without a word.
        selected = request.POST.getlist(ACTION_CHECKBOX_NAME)
        return decision_view.to_question(request, decision, selected)

    def _with_circumstances(self, request: HttpRequest) -> QuerySet[CSR]:
        return self.gathered(self.get_queryset(request))

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site
        own = [
            path(
                "decide/<str:name>/",
                asking(site, self.decide),
                name="onboarding_csr_decide",
            ),
            path(
                "<uuid:pk>/csr.pem",
                site.admin_view(require_GET(self.file)),
                name="onboarding_csr_file",
            ),
            path(
                "<uuid:pk>/delete-key/",
                asking(site, self.delete_key),
                name="onboarding_csr_delete_key",
            ),
        ]
        return [*own, *super().get_urls()]

    def decide(self, request: HttpRequest, name: str) -> HttpResponse:
        return decision_view.decide(request, BY_NAME.get(name), self._with_circumstances(request))

    def file(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The CSR as PEM, for staff who want to look at it with their own tools."""
        csr_page.demand_view(request)
        csr = get_object_or_404(CSR, pk=pk, der__isnull=False)
        lifecycle.download_csr(csr, by=Actor.of(staff(request)))
        return HttpResponse(
            pem.encode("CERTIFICATE REQUEST", bytes(csr.der or b"")),
            content_type="application/x-pem-file",
            headers={"Content-Disposition": f'attachment; filename="csr-{str(csr.pk)[:8]}.pem"'},
        )

    def delete_key(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return key_view.delete(request, get_object_or_404(CSR, pk=pk))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        """Any: Django's context and arguments, passed on; `obj` is the CSR."""
        found = csr_page.context(kwargs["obj"], by=staff(request), now=timezone.now())
        return super().render_change_form(request, {**context, **found}, **kwargs)
