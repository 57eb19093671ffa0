"""Can somebody still sign in at Apple? The question in the portal, and the guide for when not."""

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from onboarding import lifecycle, reminders
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Customer, PushCertificate, SignInQuestion
from onboarding.pki import push_certificate as pki_push_certificate
from onboarding.portal import access
from onboarding.portal.door import SignedInRequest, door

Answer = SignInQuestion.Answer


@door("GET", "POST")
def question(request: SignedInRequest, pk: UUID) -> HttpResponse:
    row = access.certificate(request.user, pk)
    if request.method == "POST":
        access.demand_to_answer(request.user, row.customer)
        if (given := request.POST.get("answer", "")) in Answer:
            lifecycle.answer_question(row, answer=Answer(given), by=Actor.of(request.user))
        return redirect("portal:question", row.pk)
    may_answer = access.may_answer(request.user, row.customer)
    context = {"customer": row.customer, "may_answer": may_answer, **facts(row)}
    return render(request, "portal/question.html", context)


@door("GET")
def transfer(request: SignedInRequest, pk: UUID) -> HttpResponse:
    row = access.certificate(request.user, pk)
    may_act = access.may_act(request.user, row.customer)
    context = {"customer": row.customer, "may_act": may_act, **facts(row)}
    return render(request, "portal/transfer.html", context)


def facts(certificate: PushCertificate) -> dict[str, Any]:
    """What the question and the guide say of a certificate. Any: a context."""
    return {
        "certificate": certificate,
        "question": SignInQuestion.objects.filter(push_certificate=certificate).first(),
        "account": certificate.apple_account or certificate.customer.apple_account,
        # By this name Apple's portal lists it.
        "row_name": pki_push_certificate.parse(bytes(certificate.der)).common_name,
    }


def is_lost(certificate: PushCertificate | None, asked: list[SignInQuestion]) -> bool:
    """Whether nobody can sign in any more with the account of this certificate, as `asked` says."""
    lost = {one.push_certificate_id for one in asked if one.answer == Answer.NO}
    return certificate is not None and certificate.pk in lost


def standing(owner: Customer) -> list[SignInQuestion]:
    """What the customer's page shows: what is still asked, and what was answered with no.

    It is asked no more once reminders speak, or a renewal is under way, which begins by asking.
    """
    told_before = reminders.horizon(timezone.now())
    renewals = CSR.objects.live().filter(renews=OuterRef("push_certificate"))
    is_asked = Q(answer="", push_certificate__not_after__gte=told_before) & ~Exists(renewals)
    rows = SignInQuestion.objects.standing().filter(push_certificate__customer=owner)
    found = rows.filter(is_asked | Q(answer=Answer.NO))
    return list(found.select_related("push_certificate"))
