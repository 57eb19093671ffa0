"""One customer's page on approving: how many people it takes, and the standing approval."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from onboarding import errors, lifecycle
from onboarding.admin.page import staff
from onboarding.lifecycle import Actor, approvals, approvals_number, standing
from onboarding.models import Customer, StandingApproval, User

_SHOWN = 20


class NumberForm(forms.Form):
    number = forms.IntegerField(label="People", widget=UnfoldAdminIntegerFieldWidget())


class TermsForm(forms.Form):
    last_day = forms.DateField(
        label="Last day",
        help_text="The whole day counts, by UTC.",
        widget=UnfoldAdminTextInputWidget({"type": "date"}),
    )
    monthly_limit = forms.IntegerField(
        label="Renewals in a month at most", widget=UnfoldAdminIntegerFieldWidget()
    )


Act = Callable[[Customer, Actor, Mapping[str, Any]], str]


def page(request: HttpRequest, customer: Customer) -> HttpResponse:
    """GET shows, POST does what its button says; each verb demands its own permission."""
    if not staff(request).has_perm("onboarding.view_standingapproval"):
        raise PermissionDenied
    if request.method != "POST":
        return _page(request, customer)
    what = request.POST.get("do", "")
    permission, make_form, act = _DEEDS.get(what, _UNKNOWN)
    if not Actor.of(staff(request)).may(permission):
        raise PermissionDenied
    form = make_form(request.POST)
    if not form.is_valid():
        return _page(request, customer, **{what: form})
    try:
        told = act(customer, Actor.of(staff(request)), form.cleaned_data)
    except errors.PortalError as error:
        messages.error(request, error.sentence)
        return _page(request, customer, **{what: form})
    messages.success(request, told)
    return redirect(request.path)


def is_in_force(one: StandingApproval) -> bool:
    """Whether as many agreed, who may approve now, as this customer's CSRs take."""
    return len(standing.agreed(one)) >= approvals.required_for(one.customer)


def fewer_approvals(customer: Customer, *, by: User) -> dict[str, Any]:
    """What the template that tells of a smaller number needs. Any: a template's context."""
    return {
        "fewer": approvals_number.waiting(customer),
        "why_not_fewer": approvals_number.why_not_fewer(customer, by=by),
        "may_set_approvals": Actor.of(by).may("set_approvals"),
    }


def _page(request: HttpRequest, customer: Customer, **forms_: forms.Form) -> TemplateResponse:
    now = timezone.now()
    actor = Actor.of(staff(request))
    current = StandingApproval.objects.open().filter(customer=customer, ends_at__gt=now).first()
    terms = TermsForm(
        initial={"last_day": (now + timedelta(days=365)).date().isoformat(), "monthly_limit": 5}
    )
    context = {
        **admin.site.each_context(request),
        "title": f"How CSRs of {customer} are approved",
        "opts": StandingApproval._meta,
        "customer": customer,
        "required": approvals.required_for(customer),
        "may_set": actor.may("set_approvals"),
        **fewer_approvals(customer, by=staff(request)),
        "may_give": actor.may("approve_csr"),
        "number_form": forms_.get("number")
        or NumberForm(initial={"number": customer.approvals_required}),
        "terms_form": forms_.get("give") or terms,
        "standing": current,
        "is_in_force": current is not None and is_in_force(current),
        "consents": list(current.consents.select_related("staff")) if current else [],
        "agreed": len(standing.agreed(current)) if current else 0,
        "why_not_agree": standing.why_not_agree(current, by=staff(request)) if current else "",
        "used": standing.used(current, now=now) if current else 0,
        "uses": list(_uses(customer)),
        "earlier": StandingApproval.objects.filter(customer=customer).exclude(
            pk__in=[current.pk] if current else []
        )[:_SHOWN],
    }
    return TemplateResponse(request, "admin/onboarding/standing_approval.html", context)


def _uses(customer: Customer) -> Any:
    """Any: uses, each with its CSR; the newest first."""
    found = standing.uses_of(customer)
    return found.select_related("csr__customer", "reviewed_by")[:_SHOWN]


def _set_number(customer: Customer, by: Actor, typed: Mapping[str, Any]) -> str:
    number = typed["number"]
    counts = lifecycle.set_approvals_required(customer, number=number, by=by)
    needed = f"CSRs of {customer} need {approvals.required_for(customer)}"
    if counts:
        return f"From now on, {needed}."
    return (
        f"Noted. Once another operator or a superuser sets {number}, too, it counts; until then"
        f" {needed}."
    )


def _give(customer: Customer, by: Actor, typed: Mapping[str, Any]) -> str:
    ends_at = _end_of(typed["last_day"])
    limit = typed["monthly_limit"]
    one = lifecycle.give_standing_approval(customer, ends_at=ends_at, monthly_limit=limit, by=by)
    if is_in_force(one):
        return "The standing approval is in force."
    return "Your consent counts. Others have to agree before the standing approval is in force."


def _end_of(last_day: date) -> datetime:
    """Its midnight, for the last day is part of it. The calendar's very last day has none."""
    if last_day == date.max:
        return datetime.max.replace(tzinfo=UTC)
    return datetime.combine(last_day + timedelta(days=1), time(), tzinfo=UTC)


def _agree(customer: Customer, by: Actor, _: Mapping[str, Any]) -> str:
    one = _open(customer)
    lifecycle.agree_to_standing_approval(one, by=by)
    return "You agree to the standing approval."


def _end(customer: Customer, by: Actor, _: Mapping[str, Any]) -> str:
    lifecycle.end_standing_approval(_open(customer), by=by)
    return "The standing approval is over. Renewals wait for people again."


def _open(customer: Customer) -> StandingApproval:
    found = StandingApproval.objects.open().filter(customer=customer).first()
    if found is None:
        raise errors.WrongState("There is no standing approval any more. Nothing was changed.")
    return found


_Deed = tuple[str, type[forms.Form], Act]
# What a button says -> the permission, the form that comes with it, the verb.
_DEEDS: Mapping[str, _Deed] = {
    "number": ("set_approvals", NumberForm, _set_number),
    "give": ("approve_csr", TermsForm, _give),
    "agree": ("approve_csr", forms.Form, _agree),
    "end": ("approve_csr", forms.Form, _end),
}


def _refuse(_: Customer, __: Actor, ___: Mapping[str, Any]) -> str:
    raise errors.WrongState("The form did not say what to do. Nothing was changed.")


_UNKNOWN: _Deed = ("approve_csr", forms.Form, _refuse)
