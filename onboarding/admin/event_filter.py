"""Events of somebody, of some customer, from one day to another: as typed, together."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from onboarding.admin import searching
from onboarding.models import Event

# By parameter: what the field is called, and the kind of its input.
FIELDS = {
    "person": ("Person, by name or address", "search"),
    "customer": ("Customer, by name", "search"),
    "since": ("From this day (UTC)", "date"),
    "until": ("To this day", "date"),
}


class TypedFilter(admin.ListFilter):
    title = "person, customer and day"
    template = "admin/onboarding/event/typed_filter.html"

    def __init__(self, request: HttpRequest, params: dict[str, Any], *rest: Any) -> None:
        """Any: Django's own arguments."""
        super().__init__(request, params, *rest)
        for name in FIELDS:
            if (typed := params.pop(name, [""])[-1].strip()) != "":
                self.used_parameters[name] = typed

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return [*FIELDS]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Event]") -> "QuerySet[Event]":
        conditions = {
            "person": searching.events_of_people,
            "customer": searching.events_of_customers,
            "since": _since,
            "until": _until,
        }
        for name in self.used_parameters:
            queryset = queryset.filter(conditions[name](self._typed(name)))
        return queryset

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Any: what the template reads."""
        yield {
            "fields": [
                {"name": name, "label": label, "kind": kind, "typed": self._typed(name)}
                for name, (label, kind) in FIELDS.items()
            ],
            # What else narrows the list stays; its pages are others.
            "others": [
                (name, value)
                for name, values in self.request.GET.lists()
                if name not in {*FIELDS, PAGE_VAR}
                for value in values
            ],
        }

    def _typed(self, name: str) -> str:
        return str(self.used_parameters.get(name, ""))


def _since(typed: str) -> Q:
    return Q(at__gte=datetime.combine(_day(typed), time.min, tzinfo=UTC))


def _until(typed: str) -> Q:
    return Q(at__lte=datetime.combine(_day(typed), time.max, tzinfo=UTC))


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError as error:
        # Django then shows the whole list, and says so in its address.
        raise IncorrectLookupParameters from error
