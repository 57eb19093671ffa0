"""Customers: their record, who is told, who may act. What staff change becomes an Event."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.forms import BaseInlineFormSet, BaseModelFormSet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils import timezone
from django.utils.safestring import SafeString

from onboarding import errors, lifecycle
from onboarding.admin import customer_deeds, customer_page, fragments, mine, searching
from onboarding.admin.filters import ALL, DefaultedFilter
from onboarding.admin.page import Page, Rows, demand_ids, staff
from onboarding.lifecycle import Actor
from onboarding.models import Contact, Customer, Membership, User


class ContactRows(Rows):
    model = Contact


class MembershipForm(forms.ModelForm):  # type: ignore[type-arg]  # Not generic at run time.
    """Whose membership it is stays; another person gets one of their own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Any: Django's own arguments."""
        super().__init__(*args, **kwargs)
        if "user" in self.fields:
            self.fields["user"].disabled = not self.instance._state.adding


class MembershipFormSet(BaseInlineFormSet):  # type: ignore[type-arg]  # As above.
    def clean(self) -> None:
        """Refuse, beside what was chosen, to leave the customer without an admin."""
        super().clean()
        admins = Membership.objects.acting()
        had_one = admins.filter(customer=self.instance.pk).exists()
        if had_one and not any(self.errors) and not any(map(self._is_admin, self.forms)):
            raise forms.ValidationError(
                "Somebody has to stay an admin: without one nobody could renew this customer’s"
                " certificates. Make somebody else an admin first."
            )

    def _is_admin(self, form: Any) -> bool:
        """Any: Django types its forms by their model."""
        chosen = form.cleaned_data
        return (
            chosen.get("role") == Membership.Role.ADMIN
            and not chosen.get("DELETE")
            and chosen["user"].is_active
        )


class MembershipRows(Rows):
    model = Membership
    form = MembershipForm
    formset = MembershipFormSet
    autocomplete_fields = ("user",)
    fields = ("user", "role", "wants_reminders")
    verbose_name = "member"


class OpenFilter(DefaultedFilter):
    title = "state"
    parameter_name = "state"
    default = "open"
    options = [("open", "Open"), ("closed", "Closed")]

    def narrowed(self, queryset: QuerySet[Customer], option: str) -> QuerySet[Customer]:
        return queryset.filter(closed_at__isnull=option == "open")


class ApprovalsFilter(DefaultedFilter):
    title = "approvals"
    parameter_name = "approvals"
    default = ALL
    options = [("confirm", "Fewer, to be confirmed")]

    def narrowed(self, queryset: QuerySet[Customer], option: str) -> QuerySet[Customer]:
        found = mine.fewer_to_confirm(staff(self.request))
        return queryset.filter(pk__in=found.order_by().values("pk"))


class AdminsFilter(DefaultedFilter):
    """Whoever of these is mailed cannot renew: somebody is to be invited."""

    title = "people"
    parameter_name = "people"
    default = ALL
    options = [("nobody", "Nobody can sign in and renew")]

    def narrowed(self, queryset: QuerySet[Customer], option: str) -> QuerySet[Customer]:
        return queryset.filter(pk__in=Customer.objects.without_admin().order_by().values("pk"))


@admin.register(Customer)
class CustomerPage(Page):
    list_display = ("name", "country", "apple_account", "shown_state", "created_at")
    list_filter = (OpenFilter, AdminsFilter, ApprovalsFilter)
    sortable_by = ("name", "created_at")
    list_before_template = "admin/onboarding/customer/closed.html"
    change_form_template = "admin/onboarding/customer/change_form.html"
    search_fields = ("name", "apple_account")
    search_help_text = "Name or Apple Account"
    inlines = (ContactRows, MembershipRows)

    fields = ("name", "country", "apple_account")

    def found_by(self, term: str) -> Q:
        return searching.customers(term)

    def get_urls(self) -> list[URLPattern]:
        return [*customer_deeds.urls(self.admin_site), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Any: a template's context."""
        leaves_out = OpenFilter.chosen(request) == "open"
        closed = leaves_out and Customer.objects.filter(closed_at__isnull=False).exists()
        own = {"leaves_out_closed": closed}
        return super().changelist_view(request, {**(extra_context or {}), **own})

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        """Any: Django's context and arguments, passed on; `obj` is the customer, None for a new."""
        customer = kwargs.get("obj")
        found = (
            {
                **customer_page.context(customer, by=staff(request), now=timezone.now()),
                "typed": customer_deeds.typed(request, customer),
            }
            if customer
            else {}
        )
        answer: HttpResponse = super().render_change_form(request, {**context, **found}, **kwargs)
        return answer

    @admin.display(description="state")
    def shown_state(self, customer: Customer) -> SafeString:
        return (
            fragments.label("Closed", "danger") if customer.closed_at else fragments.label("Open")
        )

    def has_delete_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        allowed: bool = super().has_delete_permission(request, obj)
        return allowed and (obj is None or not _has_history(obj))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A colleague was faster: nothing is saved. Any: a template's context."""
        demand_ids(User, _chosen_people(request.POST))
        try:
            answer: HttpResponse = super().changeform_view(
                request, object_id, form_url, extra_context
            )
        except errors.PortalError as error:
            messages.error(request, f"{error.sentence} Nothing was saved.")
            return redirect(request.get_full_path())
        return answer

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001
        """Members change by the verbs, which keep the last admin and tell the person."""
        if formset.model is not Membership:
            super().save_formset(request, form, formset, change)
            return
        formset.save(commit=False)
        by = Actor.of(staff(request))
        for row in formset.new_objects:
            row.save()
        changed = [(row, fields) for row, fields in formset.changed_objects]
        # First who becomes an admin: the next may then stop being one.
        for row, fields in sorted(changed, key=lambda one: one[0].role != Membership.Role.ADMIN):
            if "role" in fields:
                lifecycle.change_role(row, role=Membership.Role(row.role), by=by)
            row.save(update_fields=["wants_reminders"])
        for row in formset.deleted_objects:
            lifecycle.remove_member(row, by=by)

    def save_related(
        self,
        request: HttpRequest,
        form: Any,
        formsets: Any,
        change: bool,  # noqa: FBT001
    ) -> None:
        """Any: Django types its forms by their model. `change` is positional in Django's call."""
        super().save_related(request, form, formsets, change)
        changes = {**_of_record(form), **_of_rows(formsets)} if change else {}
        if changes:
            by = Actor.of(staff(request))
            lifecycle.customer_changed(form.instance, changes=changes, by=by)


def _chosen_people(sent: QueryDict) -> list[str]:
    """Who was chosen as members; the page shows each choice again, by its id."""
    return [
        chosen
        for name in sent
        for chosen in sent.getlist(name)
        if name.startswith("memberships-") and name.endswith("-user") and chosen
    ]


def _has_history(customer: Customer) -> bool:
    return any(
        rows.exists()
        for rows in (
            customer.csrs,
            customer.push_certificates,
            customer.events,
            customer.seen_keys,
            customer.topics,
            customer.invitations,
            customer.notes,
            customer.attachments,
        )
    )


def _of_record(form: "forms.ModelForm[Customer]") -> dict[str, str]:
    return {
        name: f"“{form.initial.get(name, '')}” → “{form.cleaned_data[name]}”"
        for name in form.changed_data
    }


def _of_rows(formsets: "Iterable[BaseModelFormSet[Any, Any]]") -> dict[str, str]:
    """Any: contacts or members."""
    changes: dict[str, str] = {}
    for formset in formsets:
        noun = formset.get_queryset().model._meta.verbose_name
        # A member's new role and end are Events of their verbs.
        is_members = formset.model is Membership
        changed = [row for row, fields in formset.changed_objects if set(fields) != {"role"}]
        found = {
            f"{noun} added": formset.new_objects,
            f"{noun} changed": changed,
            f"{noun} removed": [] if is_members else formset.deleted_objects,
        }
        changes |= {what: ", ".join(map(str, rows)) for what, rows in found.items() if rows}
    return changes
