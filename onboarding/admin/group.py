"""Groups of staff and what they may do. For superusers: no other staff may grant rights."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group, Permission
from django.db.models import ManyToManyField
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from onboarding import lifecycle
from onboarding.admin.page import Page, staff
from onboarding.lifecycle import Actor

admin.site.unregister(Group)


@admin.register(Group)
class GroupPage(GroupAdmin, Page):
    filter_horizontal = ()
    formfield_overrides = {ManyToManyField: {"widget": UnfoldAdminCheckboxSelectMultipleWidget}}

    def formfield_for_manytomany(
        self, db_field: "ManyToManyField[Any, Any]", request: Any = None, **kwargs: Any
    ) -> Any:
        """Any: Django's own arguments. Of all permissions, those that these pages ask for."""
        kwargs["queryset"] = Permission.objects.filter(content_type__app_label="onboarding")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        group = form.instance
        before = set(group.permissions.values_list("codename", flat=True)) if change else set()
        super().save_related(request, form, formsets, change)
        after = set(group.permissions.values_list("codename", flat=True))
        changes = {
            "given": ", ".join(sorted(after - before)),
            "taken": ", ".join(sorted(before - after)),
            "name": "" if change and "name" not in form.changed_data else group.name,
        }
        told = {what: how for what, how in changes.items() if how}
        if told:
            lifecycle.group_changed(group.name, changes=told, by=Actor.of(staff(request)))

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        changes = {"group": "deleted"}
        lifecycle.group_changed(obj.name, changes=changes, by=Actor.of(staff(request)))
        super().delete_model(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return staff(request).is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return staff(request).is_superuser

    has_add_permission = has_module_permission
    has_change_permission = has_view_permission
    has_delete_permission = has_view_permission
