"""The yearly question, whether somebody can still sign in at Apple: asked when, answered how."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from onboarding.admin import fragments
from onboarding.admin.filters import ALL, DefaultedFilter
from onboarding.admin.page import ReadOnlyPage
from onboarding.admin.reminder import OF_CUSTOMER
from onboarding.models import SignInQuestion

Answer = SignInQuestion.Answer


class AnswerFilter(DefaultedFilter):
    title = "answer"
    parameter_name = "answer"
    default = ALL
    options = [
        ("none", "Not answered yet"),
        (Answer.NO, str(Answer.NO.label)),
        (Answer.YES, str(Answer.YES.label)),
    ]

    def narrowed(self, queryset: QuerySet[SignInQuestion], option: str) -> QuerySet[SignInQuestion]:
        return queryset.filter(answer="" if option == "none" else option)


@admin.register(SignInQuestion)
class SignInQuestionPage(ReadOnlyPage):
    list_display = ("customer", "account", "asked_at", "shown_answer", "answered_at")
    list_filter = (AnswerFilter,)
    search_fields = (
        "push_certificate__customer__name",
        "push_certificate__topic",
        "push_certificate__apple_account",
    )
    search_help_text = "Customer, topic or Apple Account"
    list_select_related = ("push_certificate__customer",)
    fields = (
        "customer",
        "certificate",
        "account",
        "asked_at",
        "asked_again_at",
        "shown_answer",
        "answered_at",
        "answered_by",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[SignInQuestion]:
        return SignInQuestion.objects.defer("push_certificate__der")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """A customer's page leads to its own."""
        return lookup == OF_CUSTOMER or super().lookup_allowed(lookup, value, request)

    @admin.display(description="customer")
    def customer(self, question: SignInQuestion) -> str:
        return str(question.push_certificate.customer)

    @admin.display(description="push certificate")
    def certificate(self, question: SignInQuestion) -> SafeString:
        return fragments.link(question.push_certificate)

    @admin.display(description="Apple Account")
    def account(self, question: SignInQuestion) -> str:
        return question.push_certificate.apple_account or "–"

    @admin.display(description="answer", ordering="answer")
    def shown_answer(self, question: SignInQuestion) -> SafeString:
        return answer(question)


def answer(question: SignInQuestion) -> SafeString:
    """As a mark."""
    if not question.answer:
        return fragments.label("Not answered yet", "warning")
    tone = "success" if question.answer == Answer.YES else "danger"
    return fragments.label(question.get_answer_display(), tone)
