"""What all of the staff's pages share, and those that only show."""

from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar

from django.contrib import messages
from django.contrib.admin import AdminSite, ShowFacets
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ERROR_FLAG
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import Field, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods
from unfold.admin import ModelAdmin, TabularInline
from unfold.views import ChangeList

from onboarding.admin.listing import BoundedList, BoundedPaginator
from onboarding.models import User

_Row = TypeVar("_Row", bound=Model)


class Page(ModelAdmin):  # type: ignore[misc]  # Unfold publishes no types.
    """A list and a page per row. Counting all rows for the heading would read the whole table."""

    paginator: ClassVar[type] = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0
    show_facets = ShowFacets.NEVER
    # The portal's pages are for the customer's members, and staff are none.
    view_on_site: Any = False
    empty_value_display = "–"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Any: Django's own arguments."""
        return BoundedList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Any: a template's context."""
        try:
            response: HttpResponse = super().changelist_view(request, extra_context)
        except DisallowedModelAdminLookup:
            response = HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")
        # By this Django leaves out what it does not understand, without a word.
        if response.headers.get("Location", "").endswith(f"?{ERROR_FLAG}=1"):
            messages.error(
                request,
                "The address asks for a choice or a day that this list does not know, so nothing"
                " was narrowed: what stands here is what the list shows by itself.",
            )
        return response

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """What a column is, as the lists' own links ask. A range may hold what no column can."""
        is_plain = "__" not in lookup or lookup.endswith(("__exact", "__isnull"))
        return is_plain and bool(super().lookup_allowed(lookup, value, request))

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Any: each subclass has a model of its own."""
        demand_ids(self.model, request.POST.getlist(ACTION_CHECKBOX_NAME))
        answer: HttpResponse | None = super().response_action(request, queryset)
        return answer

    def gathered(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of one page of the list, with what they show beside their columns.

        Any: each subclass has a model of its own.
        """
        return rows

    # Any: as above.
    def read(self, rows: QuerySet[Any], keys: list[Any]) -> dict[Any, Any]:
        """Of `rows` those with these keys, by key."""
        return rows.in_bulk(keys)

    def found_by(self, term: str) -> Q | None:
        """What a search finds; None to look into each of `search_fields`, row by row."""
        return None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Any: each subclass has a model of its own."""
        term = search_term.strip()
        condition = self.found_by(term) if term else Q()
        if condition is not None:
            return queryset.filter(condition), False
        found: tuple[QuerySet[Any], bool] = super().get_search_results(
            request, queryset, search_term
        )
        return found


class ReadOnlyPage(Page):
    """Written by the verbs alone: staff look, and nothing here can be changed or deleted."""

    actions: tuple[str, ...] = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        """Any: Django's context and arguments, passed on."""
        # Its history is its Events; Django's own log stays empty for what nobody edits here.
        response: HttpResponse = super().render_change_form(
            request, {**context, "show_history": False}, **kwargs
        )
        return response


class Rows(TabularInline):  # type: ignore[misc]  # Unfold publishes no types.
    """Rows that belong to another row, edited on its page."""

    extra = 0

    def formfield_for_dbfield(
        self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Any: Django's own arguments. The column's heading is no label to a screen reader."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.widget.attrs["aria-label"] = str(field.label)
        return field


def demand_ids(noun: type[Model], given: Iterable[str]) -> None:
    """Raise BadRequest for what can be no id of such a row: Django would break over it.

    Only what was made by hand holds such a thing.
    """
    field: Field[Any, Any] = noun._meta.pk
    try:
        for one in given:
            field.clean(one, None)
    except ValidationError as error:
        raise BadRequest(f"There can be no {noun._meta.verbose_name} with such an id.") from error


def staff(request: HttpRequest) -> User:
    """The signed-in staff member; the site lets nobody else in."""
    if isinstance(request.user, AnonymousUser):
        raise TypeError("A staff page was reached without signing in.")
    return request.user


def asking(site: AdminSite, view: Any) -> Any:
    """A page of ours that asks and, when it is sent, does. Any: Django types views loosely."""
    return site.admin_view(require_http_methods(["GET", "POST"])(view))
