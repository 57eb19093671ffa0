"""Customers: their record, who is told, who may act. What staff change becomes an Event."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.forms import BaseModelFormSet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from onboarding import lifecycle
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


@admin.register(Customer)
class CustomerPage(Page):
    list_display = ("name", "country", "apple_account", "created_at")
    search_fields = ("name", "apple_account")
    search_help_text = "Name or Apple Account"
    readonly_fields = ("lists",)
    inlines = (ContactRows, MembershipRows)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        editable = ["name", "country", "apple_account"]
        return [*editable, "lists"] if obj else editable

    def has_delete_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        allowed: bool = super().has_delete_permission(request, obj)
        return allowed and (obj is None or not _has_history(obj))

    @admin.display(description="all of it")
    def lists(self, customer: Customer) -> SafeString:
        links = (("csr", "state", "CSRs"), ("pushcertificate", "which", "push certificates"))
        csrs, certificates = (
            format_html(
                '<a class="text-link" href="{}?{}=all&customer__id__exact={}">{}</a>',
                reverse(f"admin:onboarding_{noun}_changelist"),
                parameter,
                customer.pk,
                text,
            )
            for noun, parameter, text in links
        )
        invite = reverse("admin:onboarding_customer_invite", args=[customer.pk])
        return format_html(
            '{} · {} · <a class="text-link" href="{}">Invite a person…</a>',
            csrs,
            certificates,
            invite,
        )

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
