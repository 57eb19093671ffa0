"""Sign-in services of organisations, for superusers: whoever runs one vouches for its people."""

from typing import Any

from django import forms
from django.contrib import admin
from django.forms import BaseModelFormSet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminPasswordWidget

from onboarding import at_rest, lifecycle
from onboarding.admin.page import Page, staff
from onboarding.admin.sign_in_domains import DomainRows
from onboarding.lifecycle import Actor
from onboarding.models import SignInService


class ServiceForm(forms.ModelForm):  # type: ignore[type-arg]  # Not generic at run time.
    client_secret = forms.CharField(
        required=False,
        strip=True,
        max_length=500,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}),
        help_text="Kept sealed, and never shown again. Leave it empty to keep the one there is.",
    )

    class Meta:
        model = SignInService
        fields = (
            *("name", "issuer", "client_id"),
            *("is_for_staff", "demands_second_factor", "is_active"),
        )

    def clean_client_secret(self) -> str:
        secret: str = self.cleaned_data["client_secret"]
        if not secret and not self.instance.sealed_client_secret:
            raise forms.ValidationError("Give the secret that the service issued for this portal.")
        return secret

    def save(self, commit: bool = True) -> SignInService:  # noqa: FBT001, FBT002 - Django's
        if secret := self.cleaned_data["client_secret"]:
            purpose = SignInService.SECRET_PURPOSE
            self.instance.sealed_client_secret = at_rest.seal(secret, purpose=purpose)
        saved: SignInService = super().save(commit)
        return saved


@admin.register(SignInService)
class SignInServicePage(Page):
    form = ServiceForm
    list_display = ("name", "issuer", "is_for_staff", "demands_second_factor", "is_active")
    inlines = (DomainRows,)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return staff(request).is_superuser

    def has_view_permission(self, request: HttpRequest, obj: SignInService | None = None) -> bool:
        return staff(request).is_superuser

    has_add_permission = has_module_permission
    has_change_permission = has_view_permission

    def has_delete_permission(self, request: HttpRequest, obj: SignInService | None = None) -> bool:
        return False

    def save_related(
        self,
        request: HttpRequest,
        form: Any,
        formsets: Any,
        change: bool,  # noqa: FBT001
    ) -> None:
        """Any: Django types its forms by their model. `change` is positional in Django's call."""
        super().save_related(request, form, formsets, change)
        changed = [*form.changed_data, *_domains(formsets)]
        if changed:
            by = Actor.of(staff(request))
            lifecycle.sign_in_service_changed(form.instance, changed=changed, by=by)


def _domains(formsets: "list[BaseModelFormSet[Any, Any]]") -> list[str]:
    """Any: rows of domains."""
    return ["domains"] if any(formset.has_changed() for formset in formsets) else []
