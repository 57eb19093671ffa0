"""Further filters of the list of CSRs; the staff's first page leads to each."""

from django.db.models import QuerySet
from django.http import HttpRequest

from onboarding.admin import mine
from onboarding.admin.filters import ALL, DefaultedFilter, StuckFilter
from onboarding.admin.page import staff
from onboarding.models import CSR
from onboarding.stuck import Part


class MineFilter(DefaultedFilter):
    title = "you"
    parameter_name = "mine"
    default = ALL
    options = [
        ("approve", "To approve"),
        ("approved", "Approved by you, waiting for somebody else"),
        ("answered", "You were answered"),
    ]

    @classmethod
    def is_of_answers(cls, request: HttpRequest) -> bool:
        return cls.chosen(request) == "answered"

    def narrowed(self, queryset: QuerySet[CSR], option: str) -> QuerySet[CSR]:
        found = mine.CSRS[option](staff(self.request))
        return queryset.filter(pk__in=found.order_by().values("pk"))


class RenewalFilter(DefaultedFilter):
    title = "renewal"
    parameter_name = "renewal"
    default = ALL
    options = [("live", "Under way")]

    def narrowed(self, queryset: QuerySet[CSR], option: str) -> QuerySet[CSR]:
        return queryset.filter(pk__in=CSR.objects.renewing().order_by().values("pk"))


class StuckCSRFilter(StuckFilter):
    options = [(Part.SIGNING, "Being signed"), (Part.KEYS, "Having its key made")]
