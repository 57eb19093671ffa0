"""Lists that look at few rows for a page, however many there are."""

from typing import Any, cast

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.views import ChangeList


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # Not generic at run time.
    """Counts so far and no further: counting a million would read them all on every page.

    The pages end there, too, so that none has to skip more. What lies beyond is found by a filter,
    by a search, or from the other end of the list.
    """

    most = 5000
    template_name = "admin/onboarding/pagination.html"

    @cached_property
    def is_cut(self) -> bool:
        """Whether there is more than the pages show."""
        return self._counted > self.most

    @property
    def number(self) -> str:
        """The count as it is told."""
        return number(self._counted)

    @cached_property
    def count(self) -> int:
        return min(self._counted, self.most)

    @cached_property
    def _counted(self) -> int:
        # cast: Django types any list here. Any: rows of any noun.
        rows = cast("QuerySet[Any]", self.object_list)
        return rows.order_by().values("pk")[: self.most + 1].count()


def number(counted: int) -> str:
    """What was counted one beyond a list's end at most, as it is told: 5000+ if there is more."""
    most = BoundedPaginator.most
    return f"{most}+" if counted > most else str(counted)


class BoundedList(ChangeList):  # type: ignore[misc]  # Unfold publishes no types.
    """First the keys of a page, from an index, and then the rows of these keys with all they show.

    In one statement the database might gather what is shown for all rows, or sort them whole. What
    a page's rows need beside them, it adds in `gathered`.
    """

    # Any: Django's queryset of the page, and then its rows.
    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        # Otherwise the heading offers "Show all", which with a filter's default shows the same.
        self.full_result_count = self.result_count
        keys = [*self.result_list.values_list("pk", flat=True)]
        gathered = self.model_admin.gathered(self.apply_select_related(self.root_queryset))
        rows = self.model_admin.read(gathered, keys)
        # One may be gone by now.
        self.result_list = [rows[key] for key in keys if key in rows]
