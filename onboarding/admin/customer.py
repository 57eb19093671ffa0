"""Customers: their record, who is told, who may act. What staff change becomes an Event."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.forms import BaseModelFormSet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.safestring import SafeString

from onboarding import lifecycle
from onboarding.admin import customer_deeds, customer_page, fragments
from onboarding.admin.filters import DefaultedFilter
from onboarding.admin.page import Page, Rows, staff
from onboarding.lifecycle import Actor
from onboarding.models import Contact, Customer, Membership


class ContactRows(Rows):
    model = Contact


class MembershipRows(Rows):
    model = Membership
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


@admin.register(Customer)
class CustomerPage(Page):
    list_display = ("name", "country", "apple_account", "shown_state", "created_at")
    list_filter = (OpenFilter,)
    change_form_template = "admin/onboarding/customer/change_form.html"
    search_fields = ("name", "apple_account")
    search_help_text = "Name or Apple Account"
    inlines = (ContactRows, MembershipRows)

    fields = ("name", "country", "apple_account")

    def get_urls(self) -> list[URLPattern]:
        return [*customer_deeds.urls(self.admin_site), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        """Any: Django's context and arguments, passed on; `obj` is the customer, None for a new."""
        customer = kwargs.get("obj")
        found = (
            customer_page.context(customer, by=staff(request), now=timezone.now())
            if customer
            else {}
        )
        answer: HttpResponse = super().render_change_form(request, {**context, **found}, **kwargs)
        return answer

    @admin.display(description="state", ordering="closed_at")
    def shown_state(self, customer: Customer) -> SafeString:
        return (
            fragments.label("Closed", "danger") if customer.closed_at else fragments.label("Open")
        )

    def has_delete_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        allowed: bool = super().has_delete_permission(request, obj)
        return allowed and (obj is None or not _has_history(obj))

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
        found = {
            f"{noun} added": formset.new_objects,
            f"{noun} changed": [row for row, _ in formset.changed_objects],
            f"{noun} removed": formset.deleted_objects,
        }
        changes |= {what: ", ".join(map(str, rows)) for what, rows in found.items() if rows}
    return changes
