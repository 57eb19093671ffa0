"""Groups of staff and what they may do. For superusers: no other staff may grant rights."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from onboarding.admin.page import Page, staff

admin.site.unregister(Group)


@admin.register(Group)
class GroupPage(GroupAdmin, Page):
    def has_module_permission(self, request: HttpRequest) -> bool:
        return staff(request).is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return staff(request).is_superuser

    has_add_permission = has_module_permission
    has_change_permission = has_view_permission
    has_delete_permission = has_view_permission
