"""Campaigns: prepared with a preview, started after a yes, followed, and stopped half-way."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from onboarding import campaigns, errors, lifecycle
from onboarding.admin import campaign_form, campaign_page, fragments
from onboarding.admin.campaign_form import TextForm
from onboarding.admin.deed import ask_and_do
from onboarding.admin.page import ReadOnlyPage, asking, staff
from onboarding.campaigns import CHOSEN_AT_MOST, Selection
from onboarding.lifecycle import Actor
from onboarding.models import Campaign, CampaignRow

_RIGHT = "remind_customers"
_LIST = "admin:onboarding_campaign_changelist"
_TONES = {
    Campaign.State.DRAFT: "warning",
    Campaign.State.RUNNING: "info",
    Campaign.State.DONE: "success",
}


@admin.register(Campaign)
class CampaignPage(ReadOnlyPage):
    list_display = ("title", "shown_state", "prepared_by_name", "started_at", "total", "mails")
    fields = ("title",)
    ordering = ("-prepared_at", "-id")
    change_form_template = "admin/onboarding/campaign/change_form.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return staff(request).has_perm(f"onboarding.{_RIGHT}")

    @admin.display(description="state", ordering="state")
    def shown_state(self, campaign: Campaign) -> SafeString:
        tone = _TONES.get(Campaign.State(campaign.state), "")
        return fragments.label(campaign.get_state_display(), tone)

    def get_urls(self) -> list[URLPattern]:
        view = partial(asking, self.admin_site)
        own = [
            path("<int:pk>/edit/", view(edit), name="onboarding_campaign_edit"),
            path("<int:pk>/start/", view(start), name="onboarding_campaign_start"),
            path("<int:pk>/stop/", view(stop), name="onboarding_campaign_stop"),
            path("<int:pk>/drop/", view(drop), name="onboarding_campaign_drop"),
        ]
        return [*own, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Any: Django's own arguments."""
        _demand(request)
        form = (
            campaign_form.CampaignForm(request.POST)
            if request.method == "POST"
            else campaign_form.fresh()
        )

        def prepare(title: str, text: str) -> Campaign:
            by = Actor.of(staff(request))
            chosen = form.selection(Selection())
            return lifecycle.prepare_campaign(title=title, selection=chosen, text=text, by=by)

        return _kept(request, form, prepare, title="New campaign", back=reverse(_LIST))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        """Any: Django's context and arguments, passed on; `obj` is the campaign."""
        campaign = kwargs["obj"]
        is_draft = campaign.state == Campaign.State.DRAFT
        own = {
            "campaign": campaign,
            "is_draft": is_draft,
            "is_running": campaign.state == Campaign.State.RUNNING,
            "chosen": Selection.of_json(campaign.selection).sentences(),
            "may_run": staff(request).has_perm(f"onboarding.{_RIGHT}"),
            **(
                campaign_page.preview(campaign, request.GET, now=timezone.now())
                if is_draft
                else campaign_page.follow(campaign, request.GET)
            ),
        }
        return super().render_change_form(request, {**context, **own}, **kwargs)


def edit(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = _demanded(request, pk)
    if request.method != "POST" and (sentence := _why_not(campaign, Campaign.State.DRAFT)):
        messages.error(request, sentence)
        return redirect(fragments.address_of(campaign))
    form = (
        campaign_form.sent(campaign, request.POST)
        if request.method == "POST"
        else campaign_form.of(campaign)
    )

    def change(title: str, text: str) -> Campaign:
        before = Selection.of_json(campaign.selection)
        by = Actor.of(staff(request))
        chosen = form.selection(before)
        lifecycle.change_campaign(campaign, title=title, selection=chosen, text=text, by=by)
        return campaign

    back = fragments.address_of(campaign)
    return _kept(request, form, change, title=f"Change {campaign}", back=back)


def start(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = _demanded(request, pk)
    chosen = Selection.of_json(campaign.selection)
    judged = campaigns.judged(chosen.certificates(), now=timezone.now())
    left_out = campaigns.counted(judged)
    reached, mails = left_out.pop("", 0), campaigns.mails_at_most(judged)
    reasons = [
        f"{left_out[str(why)]} {why.label.lower()}"
        for why in CampaignRow.LeftOut
        if why in left_out
    ]
    helpless = campaigns.helpless(judged).order_by().values("customer").distinct().count()
    page = {
        "title": f"Start “{campaign}”",
        "button": "Send the mails",
        "tone": "success",
        "done": "The campaign goes out.",
        "why_not": _why_not(campaign, Campaign.State.DRAFT),
        "means": [
            f"Certificates of which it tells: {reached}. Mails: {mails} at most.",
            f"Left out: {', '.join(reasons)}." if reasons else "Nobody is left out.",
            f"Your words in it: “{campaign.text}”" if campaign.text else "No words of yours in it.",
            "Who reads no more reminders gets no mail, and each mail lets its reader end them.",
            *([_told_of_helpless(campaign, helpless)] if helpless else []),
            "The mails leave some at a time. It can be stopped half-way; what left stays sent.",
        ],
    }
    return _deed(request, campaign, lifecycle.start_campaign, page)


def _told_of_helpless(campaign: Campaign, count: int) -> SafeString:
    return format_html(
        "Customers of whom nobody can sign in and renew: {}. Their mails say to ask you."
        ' <a class="text-link" href="{}?show={}">Look at them</a>, and invite somebody first.',
        count,
        fragments.address_of(campaign),
        campaign_page.HELPLESS,
    )


def stop(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = _demanded(request, pk)
    page = {
        "title": f"Stop “{campaign}”",
        "button": "Stop it",
        "tone": "danger",
        "done": "The campaign is stopped.",
        "why_not": _why_not(campaign, Campaign.State.RUNNING),
        "means": [
            f"Certificates that it has looked at: {campaign.done} of {campaign.total}.",
            "Mails that left stay sent; those that wait are called off.",
            "It is not taken up again: who was left out can be in another campaign.",
        ],
    }
    return _deed(request, campaign, lifecycle.stop_campaign, page)


def drop(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = _demanded(request, pk)
    page = {
        "title": f"Drop “{campaign}”",
        "button": "Drop it",
        "tone": "danger",
        "done": "The campaign is dropped. Nobody was mailed.",
        "why_not": _why_not(campaign, Campaign.State.DRAFT),
        "means": ["It was not started, so nobody was mailed. Its Events stay."],
        "afterwards": reverse(_LIST),
    }
    return _deed(request, campaign, lifecycle.drop_campaign, page)


def prepare_of(request: HttpRequest, ids: Sequence[UUID]) -> HttpResponse:
    """A draft with these certificates, chosen in their list; then its form."""
    if not 0 < len(ids) <= CHOSEN_AT_MOST:
        messages.error(
            request,
            f"Choose one certificate at least and {CHOSEN_AT_MOST} at most. For more, make a"
            " campaign that finds them by their ends.",
        )
        return redirect("admin:onboarding_pushcertificate_changelist")
    campaign = lifecycle.prepare_campaign(
        title=f"Chosen on {timezone.now():%Y-%m-%d %H:%M} UTC",
        selection=Selection(chosen=tuple(ids)),
        text="",
        by=Actor.of(staff(request)),
    )
    return redirect("admin:onboarding_campaign_edit", campaign.pk)


def _kept(
    request: HttpRequest,
    form: TextForm,
    keep: Callable[[str, str], Campaign],
    *,
    title: str,
    back: str,
) -> HttpResponse:
    """The form, or, once it holds what it should, the campaign's page."""
    if form.is_valid():
        try:
            campaign = keep(form.cleaned_data["title"], form.cleaned_data["text"])
        except errors.PortalError as error:
            form.add_error(None, error.sentence)
        else:
            return redirect(fragments.address_of(campaign))
    context = {
        **admin.site.each_context(request),
        "title": title,
        "opts": Campaign._meta,
        "form": form,
        "back": back,
    }
    template = "admin/onboarding/campaign/form.html"
    return TemplateResponse(request, template, context, status=422 if form.is_bound else 200)


def _why_not(campaign: Campaign, wanted: Campaign.State) -> str:
    """Why it is too late, or too early, for what asks for this state; empty if it is not."""
    if campaign.state == wanted:
        return ""
    return f"This campaign has moved on: it is “{campaign.get_state_display()}” now."


def _deed(
    request: HttpRequest, campaign: Campaign, verb: Callable[..., None], page: dict[str, Any]
) -> HttpResponse:
    """Any: a template's context."""

    def act(_: Any) -> None:
        verb(campaign, by=Actor.of(staff(request)))

    form = forms.Form(request.POST if request.method == "POST" else None)
    return ask_and_do(request, campaign, permission=_RIGHT, form=form, act=act, page=page)


def _demanded(request: HttpRequest, pk: int) -> Campaign:
    """Who may not run campaigns does not learn which there are."""
    _demand(request)
    return get_object_or_404(Campaign, pk=pk)


def _demand(request: HttpRequest) -> None:
    if not staff(request).has_perm(f"onboarding.{_RIGHT}"):
        raise PermissionDenied
