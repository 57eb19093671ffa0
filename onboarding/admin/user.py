"""People. Only superusers make staff; other staff add, rename and deactivate customers' people."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import ManyToManyField, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from onboarding import lifecycle, shown_name
from onboarding.admin import fragments, reset_view, searching
from onboarding.admin.page import Page, asking, staff
from onboarding.lifecycle import Actor
from onboarding.models import User


class NamedForm:
    """Part of a form with the name of a person. Any: what a form holds."""

    cleaned_data: dict[str, Any]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name:
            shown_name.demand_plain(name)
        return name


class NewPersonForm(NamedForm, UserCreationForm):  # type: ignore[misc]  # Unfold publishes no types.
    class Meta:
        model = User
        fields = ("email", "name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Any: Django's own arguments."""
        super().__init__(*args, **kwargs)
        choice = self.fields["usable_password"]
        choice.label = "First password"
        choice.help_text = "The person uses “Forgotten password” on the sign-in page."
        choice.choices = choice.widget.choices = [
            ("false", "The person sets it"),
            ("true", "I set it below and hand it over"),
        ]
        choice.initial = "false"

    def clean(self) -> Any:
        """What was typed is never dropped without a word. Any: what the form holds."""
        cleaned = super().clean()
        typed = any(self.data.get(self.add_prefix(name)) for name in ("password1", "password2"))
        if typed and self.data.get(self.add_prefix("usable_password")) == "false":
            self.add_error(
                "usable_password",
                "You typed a password, and left it to the person to set one. Choose “I set it"
                " below” and type it again, or leave both fields empty.",
            )
        return cleaned

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError("Someone with this e-mail address is here already.")
        return email


class PersonForm(NamedForm, UserChangeForm):  # type: ignore[misc]  # Unfold publishes no types.
    class Meta:
        model = User
        fields = "__all__"
        field_classes: dict[str, type[forms.Field]] = {}


@admin.register(User)
class UserPage(UserAdmin, Page):  # type: ignore[type-arg]  # Not generic at run time.
    form = PersonForm
    add_form = NewPersonForm
    change_password_form = AdminPasswordChangeForm
    change_form_template = "admin/onboarding/user/change_form.html"
    list_display = ("name", "email", "kind", "roles", "acts_for", "is_active", "last_login")
    list_filter = ("is_staff", "is_active")
    search_fields = ("name", "email")
    search_help_text = "Name or e-mail address"
    ordering = ("email",)
    filter_horizontal = ()
    formfield_overrides = {ManyToManyField: {"widget": UnfoldAdminCheckboxSelectMultipleWidget}}
    add_fieldsets = (
        (None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        # Whoever looks for a person from another page leafs through these, too.
        return User.objects.order_by(*self.ordering).prefetch_related(
            "memberships__customer", "groups"
        )

    def found_by(self, term: str) -> Q:
        return searching.people(term)

    def get_urls(self) -> list[URLPattern]:
        reset = asking(self.admin_site, self.reset)
        own = [path("<uuid:pk>/second-factor/", reset, name="onboarding_user_reset")]
        return [*own, *super().get_urls()]

    def reset(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return reset_view.reset(request, get_object_or_404(User, pk=pk))

    def render_change_form(  # type: ignore[override]  # Passed on as it comes.
        self, request: HttpRequest, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        """Any: Django's context and arguments, passed on; `obj` is the person, None for a new."""
        person = kwargs.get("obj")
        may_reset = person is not None and reset_view.may_reset(person, by=staff(request))
        return super().render_change_form(request, {**context, "may_reset": may_reset}, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Any: Django's nested tuples."""
        if obj is None:
            return self.add_fieldsets
        person = (None, {"fields": ("email", "name", "is_active", "acts_for", "last_login")})
        if not staff(request).is_superuser:
            return (person,)
        rights = {"fields": ("password", "is_staff", "is_superuser", "groups")}
        return (person, ("Sign-in and rights", rights))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        if obj is None:
            return []
        # Who may change an address gets the person's mails, and with them the account.
        own = [] if staff(request).is_superuser else ["email"]
        return ["acts_for", "last_login", *own]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        allowed: bool = super().has_change_permission(request, obj)
        return allowed and (not isinstance(obj, User) or _may_change(staff(request), obj))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002 - Django's name
        form_url: str = "",
    ) -> HttpResponse:
        # Whoever sets a customer's password could sign in as that customer.
        if not staff(request).is_superuser:
            raise PermissionDenied
        # Together with its Event, or not at all.
        with transaction.atomic():
            answer = super().user_change_password(request, id, form_url)
            if request.method == "POST" and answer.status_code == HTTPStatus.FOUND:
                person = User.objects.get(pk=id)
                changes = {"password": "set"}
                lifecycle.person_changed(person, changes=changes, by=Actor.of(staff(request)))
        return answer

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        before = set(form.instance.groups.values_list("name", flat=True))
        super().save_related(request, form, formsets, change)
        changes = _changes(form, before) if change else {"person": "added"}
        if changes:
            lifecycle.person_changed(form.instance, changes=changes, by=Actor.of(staff(request)))

    @admin.display(description="kind", ordering="is_staff")
    def kind(self, user: User) -> SafeString:
        if user.is_superuser:
            return fragments.label("Superuser", "warning")
        return fragments.label("Vendor staff", "info") if user.is_staff else fragments.empty()

    @admin.display(description="roles")
    def roles(self, user: User) -> str:
        """Of staff alone: to others a role gives nothing."""
        if not user.is_staff or user.is_superuser:
            return ""
        return ", ".join(sorted(one.name for one in user.groups.all())) or "none"

    @admin.display(description="acts for")
    def acts_for(self, user: User) -> str:
        return ", ".join(
            f"{membership.customer} ({membership.get_role_display().lower()})"
            for membership in user.memberships.all()
        )


def _changes(form: Any, groups_before: set[str]) -> dict[str, str]:
    """Any: Django types its forms by their model. A password is never among them."""
    groups = set(form.instance.groups.values_list("name", flat=True))
    simple = {"email", "name", "is_active", "is_staff", "is_superuser"} & {*form.changed_data}
    changes = {
        name: f"“{form.initial.get(name, '')}” → “{form.cleaned_data[name]}”"
        for name in sorted(simple)
    }
    added, removed = sorted(groups - groups_before), sorted(groups_before - groups)
    return {
        **changes,
        **({"groups joined": ", ".join(added)} if added else {}),
        **({"groups left": ", ".join(removed)} if removed else {}),
    }


def _may_change(by: User, user: User) -> bool:
    return by.is_superuser or not (user.is_staff or user.is_superuser)
