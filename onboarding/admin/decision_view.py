"""From a button to a verb: first what will happen to which CSRs, then, by POST alone, the deed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from unfold.widgets import UnfoldAdminTextareaWidget

from onboarding import errors, seen, unusual
from onboarding.admin import circumstances, fragments
from onboarding.admin.decisions import (
    APPROVE,
    ASK,
    LIMIT,
    Decision,
    Outcome,
    Shown,
    Text,
    consequence,
    forecast,
    summary,
)
from onboarding.admin.page import staff
from onboarding.lifecycle import Actor, approvals_number, owed_mail
from onboarding.long_text import LongTextField
from onboarding.models import CSR, Phrase

LIST = "admin:onboarding_csr_changelist"
# Before the id of a CSR: the token of what was shown of it.
SEEN = "seen-"
# Its value is the kept phrase that is to be put into the text.
INSERT = "insert"


class TextForm(forms.Form):
    """What is written with a decision: a reason, a question."""

    reason = LongTextField(
        max_length=2000, widget=UnfoldAdminTextareaWidget({"rows": 5, "data-draft": True})
    )

    def __init__(self, text: Text, data: Mapping[str, Any] | None = None) -> None:
        """Any: what a form holds."""
        super().__init__(data)
        field = self.fields["reason"]
        field.label, field.help_text = text.label, text.help
        field.error_messages["required"] = text.missing


def decide(request: HttpRequest, decision: Decision | None, csrs: QuerySet[CSR]) -> HttpResponse:
    """GET asks, POST acts; who lacks the permission gets neither."""
    if decision is None:
        raise Http404
    if not Actor.of(staff(request)).may(decision.permission):
        raise PermissionDenied
    sent = request.POST if request.method == "POST" else request.GET
    chosen = _chosen(sent.getlist("csr"), csrs)
    if not chosen:
        return _nothing_chosen(request)
    if request.method != "POST":
        return confirmation(request, decision, chosen)
    if INSERT in request.POST:
        return confirmation(request, decision, chosen, form=_with_phrase(request, decision))
    form = TextForm(decision.text, request.POST) if decision.text else None
    if form and not form.is_valid():
        return confirmation(request, decision, chosen, form=form)
    return _act(request, decision, chosen, form)


def to_question(request: HttpRequest, decision: Decision, ids: Sequence[str]) -> HttpResponse:
    """Leads to the question, an address of its own: a way back to it sends nothing again."""
    return redirect(_address(decision, ids)) if len(ids) <= LIMIT else _nothing_chosen(request)


def _address(decision: Decision, ids: Sequence[str]) -> str:
    address = reverse("admin:onboarding_csr_decide", args=[decision.name])
    return f"{address}?{urlencode({'csr': ids}, doseq=True)}"


def _nothing_chosen(request: HttpRequest) -> HttpResponse:
    messages.error(request, f"Choose one CSR at least and {LIMIT} at most. Nothing was changed.")
    return redirect(LIST)


def confirmation(
    request: HttpRequest,
    decision: Decision,
    csrs: Sequence[CSR],
    *,
    form: TextForm | None = None,
    refusals: Iterable[tuple[CSR, str]] = (),
) -> TemplateResponse:
    """The page that lists the CSRs, what would happen to each, and what was refused before."""
    sentences = {csr.pk: sentence for csr, sentence in refusals}
    forecasts = [forecast(decision, csr, by=staff(request)) for csr in csrs]
    can_act = any(one.outcome is not Outcome.NOTHING for one in forecasts)
    readers = owed_mail.readers(csrs) if decision is ASK else {}
    rows = [
        {
            "csr": csr,
            "address": fragments.address_of(csr),
            "forecast": expected.sentence,
            "fits": expected.outcome is not Outcome.NOTHING,
            "seen_name": f"{SEEN}{csr.pk}",
            "seen": seen.token(csr),
            "changes": [] if csr.pk in sentences else _changes(request, csr),
            "refusal": sentences.get(csr.pk, ""),
            "fewer": approvals_number.waiting(csr.customer) if decision is APPROVE else "",
            "readers": readers.get(csr.pk, []),
            "remarks": _remarks(csr),
        }
        for csr, expected in zip(csrs, forecasts, strict=True)
    ]
    context = {
        **admin.site.each_context(request),
        "title": _title(decision, csrs, is_refused=bool(sentences), can_act=can_act),
        "opts": CSR._meta,
        "decision": decision,
        # Whoever has to sign in again comes back to the same CSRs, and to what was typed.
        "address": _address(decision, [str(csr.pk) for csr in csrs]),
        "consequence": consequence(decision, forecasts),
        "names_readers": decision is ASK,
        "form": form or (TextForm(decision.text) if decision.text else None),
        "phrases": Phrase.objects.all() if decision.text and decision.text.has_phrases else (),
        "insert": INSERT,
        "rows": rows,
        "summary": summary(decision, forecasts) if len(csrs) > 1 else "",
        "can_act": can_act,
        "is_refused": bool(sentences),
        "back": fragments.address_of(csrs[0]) if len(csrs) == 1 else None,
    }
    return TemplateResponse(request, "admin/onboarding/csr/decide.html", context)


def _title(decision: Decision, csrs: Sequence[CSR], *, is_refused: bool, can_act: bool) -> str:
    """It asks only what can be answered: what was refused may be refused for good."""
    about = decision.heading.format(_count(csrs))
    if is_refused:
        return f"{about}: refused"
    return f"{about}?" if can_act else f"{about}: not possible now"


def _with_phrase(request: HttpRequest, decision: Decision) -> TextForm | None:
    """The form as typed, with the phrase put under it; nothing is decided by that."""
    if decision.text is None:
        return None
    typed = request.POST.get("reason", "").rstrip()
    chosen = request.POST.get(INSERT, "")
    phrase = Phrase.objects.filter(pk=chosen).first() if chosen.isdecimal() else None
    parts = [typed, phrase.text if phrase else ""]
    form = TextForm(decision.text)
    form.initial["reason"] = "\n\n".join(part for part in parts if part)
    return form


def _changes(request: HttpRequest, csr: CSR) -> list[str]:
    """What is another than on the page from which the person comes."""
    sent = request.POST if request.method == "POST" else request.GET
    shown = sent.get(f"{SEEN}{csr.pk}", "")
    return seen.changes(csr, seen=shown) if shown else []


def _act(
    request: HttpRequest, decision: Decision, csrs: Sequence[CSR], form: TextForm | None
) -> HttpResponse:
    actor = Actor.of(staff(request))
    text = form.cleaned_data["reason"] if form else ""
    refusals: list[tuple[CSR, str]] = []
    for csr in csrs:
        try:
            decision.act(csr, actor, text, _shown(request, decision, csr))
        except errors.PortalError as error:
            refusals.append((csr, error.sentence))
        else:
            messages.success(request, _outcome(decision, csr))
    if refusals:
        # What was done is done; what was refused stays on the page, with the text as typed.
        rest = [csr for csr, _ in refusals]
        messages.error(request, _refused(len(rest), of=len(csrs)))
        return confirmation(request, decision, rest, form=form, refusals=refusals)
    return redirect(fragments.address_of(csrs[0])) if len(csrs) == 1 else redirect(LIST)


def _outcome(decision: Decision, csr: CSR) -> str:
    if decision.name == "approve" and decision.fits(csr):
        return f"{csr}: your approval counts, and it waits for the next one."
    return f"{csr}: {decision.done.lower()}."


def _shown(request: HttpRequest, decision: Decision, csr: CSR) -> Shown:
    """Nobody judges what no page has shown them."""
    token = request.POST.get(f"{SEEN}{csr.pk}", "")
    if decision.judges and not token:
        raise errors.Changed(
            "What came does not say what you were shown of this CSR. Nothing was changed: look at"
            " it, and decide anew."
        )
    remarks = _remarks(csr) if decision.judges else []
    return Shown(token, tuple(remark.reason for remark in remarks))


def _remarks(csr: CSR) -> list[unusual.Remark]:
    return unusual.remarks(csr, circumstances=circumstances.read(csr), now=timezone.now())


def _refused(count: int, *, of: int) -> str:
    """That something was; each reason stands at its CSR."""
    if of == 1:
        return "This was refused; below is why. Nothing was changed."
    return f"{count} of {of} {'was' if count == 1 else 'were'} refused; below is why."


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
