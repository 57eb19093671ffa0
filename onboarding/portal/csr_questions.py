"""A question of the vendor about a CSR: an admin of the customer answers it."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy

from onboarding import errors, lifecycle
from onboarding.language import told
from onboarding.lifecycle import Actor
from onboarding.lifecycle.decision import DECIDABLE
from onboarding.long_text import LongTextField
from onboarding.models import Question
from onboarding.portal import access
from onboarding.portal.door import SignedInRequest, door


class AnswerForm(forms.Form):
    answer = LongTextField(
        label=gettext_lazy("Your answer"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5, "data-draft": True}),
        error_messages={
            "required": gettext_lazy(
                "Write an answer: who asked gets it by mail, as it stands here."
            )
        },
    )


@door("GET", "POST")
def csr_question(request: SignedInRequest, pk: UUID) -> HttpResponse:
    row = access.csr_question(request.user, pk)
    access.demand_to_act(request.user, row.csr.customer)
    if request.method != "POST":
        return _page(request, row, AnswerForm())
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            lifecycle.answer_vendor(
                row, text=form.cleaned_data["answer"], by=Actor.of(request.user)
            )
        except errors.WrongState as error:
            # A colleague or a decision was faster: what was typed stays, to be taken along.
            form.add_error("answer", told(error))
            row = access.csr_question(request.user, pk)
        else:
            messages.success(request, gettext("Your answer is on its way."))
            return redirect(row.csr)
    return _page(request, row, form)


def _page(request: SignedInRequest, row: Question, form: AnswerForm) -> HttpResponse:
    context = {
        "question": row,
        "csr": row.csr,
        "customer": row.csr.customer,
        "is_open": row.answered_at is None and row.csr.state in DECIDABLE,
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "portal/csr_question.html", context, status=status)
