"""What staff write often; the pages of a rejection and of a question offer it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from onboarding import lifecycle
from onboarding.admin.page import Page, staff
from onboarding.lifecycle import Actor
from onboarding.models import Phrase


@admin.register(Phrase)
class PhrasePage(Page):
    list_display = ("title", "text")
    search_fields = ("title", "text")
    fields = ("title", "text")

    def save_model(self, request: HttpRequest, obj: Phrase, form: Any, change: Any) -> None:
        """Any: Django's own arguments."""
        lifecycle.keep_phrase(obj, by=Actor.of(staff(request)))

    def delete_model(self, request: HttpRequest, obj: Phrase) -> None:
        lifecycle.drop_phrase(obj, by=Actor.of(staff(request)))
