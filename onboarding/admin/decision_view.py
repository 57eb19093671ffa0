"""From a button to a verb: first what will happen to which CSRs, then, by POST alone, the deed."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextareaWidget

from onboarding import errors, unusual
from onboarding.admin import circumstances, fragments
from onboarding.admin.decisions import LIMIT, Decision, forecast
from onboarding.admin.page import staff
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Approval

LIST = "admin:onboarding_csr_changelist"


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Reason",
        max_length=2000,
        help_text="The customer reads this as you write it: say what to do differently.",
        error_messages={"required": "Give a reason: the customer reads it and acts on it."},
        widget=UnfoldAdminTextareaWidget({"rows": 4}),
    )


def decide(request: HttpRequest, decision: Decision | None, csrs: QuerySet[CSR]) -> HttpResponse:
    """GET asks, POST acts; who lacks the permission gets neither."""
    if decision is None:
        raise Http404
    if not Actor.of(staff(request)).may(decision.permission):
        raise PermissionDenied
    if request.method != "POST":
        return ask(request, decision, request.GET.getlist("csr"), csrs)
    chosen = _chosen(request.POST.getlist("csr"), csrs)
    if not chosen:
        return _nothing_chosen(request)
    form = ReasonForm(request.POST)
    if decision.needs_reason and not form.is_valid():
        return confirmation(request, decision, chosen, form=form)
    return _act(request, decision, chosen, form)


def ask(
    request: HttpRequest, decision: Decision, ids: Sequence[str], csrs: QuerySet[CSR]
) -> HttpResponse:
    """The confirmation for the CSRs with these ids, or back to the list when there are none."""
    chosen = _chosen(ids, csrs)
    return confirmation(request, decision, chosen) if chosen else _nothing_chosen(request)


def _nothing_chosen(request: HttpRequest) -> HttpResponse:
    messages.error(request, f"Choose one CSR at least and {LIMIT} at most. Nothing was changed.")
    return redirect(LIST)


def confirmation(
    request: HttpRequest,
    decision: Decision,
    csrs: Sequence[CSR],
    *,
    form: ReasonForm | None = None,
    refusals: Iterable[tuple[CSR, str]] = (),
) -> TemplateResponse:
    """The page that lists the CSRs, what would happen to each, and what was refused before."""
    sentences = {csr.pk: sentence for csr, sentence in refusals}
    approvals = _approvals(csrs)
    rows = [
        {
            "csr": csr,
            "address": fragments.address_of(csr),
            "forecast": forecast(
                decision, csr, by=staff(request), approved_by=approvals.get(csr.pk, ())
            ),
            "fits": decision.fits(csr),
            "refusal": sentences.get(csr.pk, ""),
            "remarks": unusual.remarks(
                csr, circumstances=circumstances.read(csr), now=timezone.now()
            ),
        }
        for csr in csrs
    ]
    context = {
        **admin.site.each_context(request),
        "title": f"{decision.button} {_count(csrs)}",
        "opts": CSR._meta,
        "decision": decision,
        "form": (form or ReasonForm()) if decision.needs_reason else None,
        "rows": rows,
        "can_act": any(decision.fits(csr) for csr in csrs),
        "back": fragments.address_of(csrs[0]) if len(csrs) == 1 else None,
    }
    return TemplateResponse(request, "admin/onboarding/csr/decide.html", context)


def _approvals(csrs: Iterable[CSR]) -> dict[UUID, list[UUID]]:
    """Who approved which of these. Not prefetched: the verbs would count what was prefetched."""
    found: dict[UUID, list[UUID]] = {}
    given = Approval.objects.filter(csr__in=csrs).values_list("csr_id", "staff_id")
    for csr_id, staff_id in given:
        found.setdefault(csr_id, []).append(staff_id)
    return found


def _act(
    request: HttpRequest, decision: Decision, csrs: Sequence[CSR], form: ReasonForm
) -> HttpResponse:
    actor = Actor.of(staff(request))
    reason = form.cleaned_data["reason"] if decision.needs_reason else ""
    refusals: list[tuple[CSR, str]] = []
    for csr in csrs:
        try:
            decision.act(csr, actor, reason)
        except errors.PortalError as error:
            refusals.append((csr, error.sentence))
            messages.error(request, f"{csr}: {error.sentence}")
        else:
            messages.success(request, _outcome(decision, csr))
    if refusals:
        # What was done is done; what was refused stays on the page, with the reason as typed.
        rest = [csr for csr, _ in refusals]
        return confirmation(request, decision, rest, form=form, refusals=refusals)
    return redirect(fragments.address_of(csrs[0])) if len(csrs) == 1 else redirect(LIST)


def _outcome(decision: Decision, csr: CSR) -> str:
    if decision.fits(csr):
        return f"{csr}: your approval counts, and it waits for the next one."
    return f"{csr}: {decision.done.lower()}."


def _chosen(ids: Sequence[str], csrs: QuerySet[CSR]) -> list[CSR]:
    """Those CSRs, oldest first; none when they are more than anyone looks through."""
    if len(ids) > LIMIT:
        return []
    known = [pk for pk in map(_uuid, ids) if pk]
    return list(csrs.filter(pk__in=known).order_by("state_since", "id"))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _count(csrs: Sequence[CSR]) -> str:
    return "1 CSR" if len(csrs) == 1 else f"{len(csrs)} CSRs"
