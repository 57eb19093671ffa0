"""How the list of CSRs is narrowed and ordered: what waits comes first, oldest first."""

from django.db.models import QuerySet
from django.http import HttpRequest

from onboarding.admin.csr_filters import MineFilter
from onboarding.admin.filters import ALL, DefaultedFilter
from onboarding.models import CSR


class StateFilter(DefaultedFilter):
    title = "state"
    parameter_name = "state"
    default = CSR.State.SUBMITTED
    options = [(state.value, str(state.label)) for state in CSR.State]
    looked_through_by = ("q", "key", "mine", "renewal", "stuck")

    def narrowed(self, queryset: QuerySet[CSR], option: str) -> QuerySet[CSR]:
        return queryset.filter(state=option)


class KeyFilter(DefaultedFilter):
    title = "push key"
    # An alarm's sentence leads here.
    parameter_name = "key"
    default = ALL
    options = [("unusable", "Cannot be used")]

    def narrowed(self, queryset: QuerySet[CSR], option: str) -> QuerySet[CSR]:
        return queryset.filter(pk__in=CSR.objects.with_unusable_key().order_by().values("pk"))


def ordering(request: HttpRequest) -> tuple[str, ...]:
    """Oldest first within one state, newest first over all; both are indexed.

    What one person was answered about are few, and the oldest answer comes first.
    """
    if MineFilter.is_of_answers(request):
        return ("answered_at", "id")
    is_over_all = StateFilter.chosen(request) == ALL
    return ("-requested_at", "-id") if is_over_all else ("state_since", "id")


def sortable_by(request: HttpRequest) -> tuple[str, ...]:
    """Within one state by age, which is indexed; over all, sorting would read all."""
    return () if StateFilter.chosen(request) == ALL else ("age",)
