"""A list filter that has made a choice before anyone chose."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from onboarding import stuck
from onboarding.stuck import Part

ALL = "all"


class DefaultedFilter(ABC, admin.SimpleListFilter):
    """Shows `default` until someone chooses; a search looks everywhere until then."""

    default: str
    options: list[tuple[str, str]]
    # Whoever asks with one of these looks everywhere, too.
    looked_through_by: tuple[str, ...] = ("q",)

    @classmethod
    def chosen(cls, request: HttpRequest) -> str:
        """The option in force, or ALL."""
        given = request.GET.get(cls.parameter_name or "")
        if given == ALL or given in dict(cls.options):
            return str(given)
        is_wide = any(request.GET.get(one) for one in cls.looked_through_by)
        return ALL if is_wide else cls.default

    def is_known(self, given: str) -> bool:
        """Whether the address asks for a choice that there is."""
        return given in dict(self.options)

    @abstractmethod
    def narrowed(self, queryset: QuerySet[Any], option: str) -> QuerySet[Any]:
        """Any: each subclass has a model of its own."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Any: Django types its admins by their model."""
        given = request.GET.get(self.parameter_name or "", "")
        if given and given != ALL and not self.is_known(given):
            raise IncorrectLookupParameters
        self.request, self._in_force = request, self.chosen(request)
        return [*self.options, (ALL, "All")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if self._in_force == ALL else self.narrowed(queryset, self._in_force)

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Any: what Django's template reads."""
        parameter = self.parameter_name or ""
        for value, label in self.lookup_choices:
            yield {
                "selected": value == self._in_force,
                "query_string": changelist.get_query_string({parameter: value}),
                "display": label,
            }


class StuckFilter(DefaultedFilter):
    """Each of its options is a Part."""

    title = "stuck"
    parameter_name = "stuck"
    default = ALL

    def narrowed(self, queryset: QuerySet[Any], option: str) -> QuerySet[Any]:
        """Any: as above."""
        late = stuck.rows(Part(option), now=timezone.now())
        return queryset.filter(pk__in=late.order_by().values("pk"))
