"""Invitations: staff see which are open, invite people, send links anew and withdraw them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminSelectWidget

from onboarding import errors, lifecycle
from onboarding.admin import fragments
from onboarding.admin.page import ReadOnlyPage, asking, staff
from onboarding.lifecycle import Actor
from onboarding.models import LANGUAGES, Customer, Invitation, Membership, User
from onboarding.models.invitation import MailTrouble

# With one row, and the actor.
Verb = Callable[..., None]


class InviteForm(forms.Form):
    email = forms.EmailField(
        label="E-mail address", max_length=254, widget=UnfoldAdminEmailInputWidget
    )
    role = forms.ChoiceField(
        label="Role",
        choices=Membership.Role,
        initial=Membership.Role.ADMIN,
        widget=UnfoldAdminSelectWidget,
        help_text="The first person of a customer should be an admin, who can invite the others.",
    )
    language = forms.ChoiceField(
        label="Language",
        choices=LANGUAGES,
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="Of the mail and of the page that its link leads to.",
    )


@admin.register(Invitation)
class InvitationPage(ReadOnlyPage):
    list_display = ("email", "customer", "role", "standing", "invited_by", "invited_at")
    list_filter = (("customer", admin.RelatedOnlyFieldListFilter),)
    search_fields = ("email", "customer__name")
    search_help_text = "E-mail address or customer"
    list_select_related = ("customer", "invited_by")
    ordering = ("-invited_at", "id")
    fields = (
        "email",
        "customer",
        "role",
        "language",
        "standing",
        "invited_by",
        "invited_at",
        "accepted_by",
        "accepted_at",
        "withdrawn_at",
        "by_hand",
    )
    readonly_fields = ("standing", "by_hand")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Any: invitations, as `with_mail` gives them."""
        return Invitation.objects.with_mail()

    def get_fields(self, request: HttpRequest, obj: Invitation | None = None) -> tuple[str, ...]:
        *all_may_see, _ = self.fields
        return self.fields if _may_invite(request) else tuple(all_may_see)

    def get_urls(self) -> list[URLPattern]:
        invite = asking(self.admin_site, self.invite)
        resend, withdraw = (asking(self.admin_site, view) for view in (self.resend, self.withdraw))
        return [
            path("to/<uuid:pk>/", invite, name="onboarding_customer_invite"),
            path("<uuid:pk>/resend/", resend, name="onboarding_invitation_resend"),
            path("<uuid:pk>/withdraw/", withdraw, name="onboarding_invitation_withdraw"),
            *super().get_urls(),
        ]

    def invite(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """To the customer `pk`: GET asks for whom, POST invites."""
        _demand_to_invite(request)
        customer = get_object_or_404(Customer, pk=pk)
        form = InviteForm(
            request.POST if request.method == "POST" else None,
            initial={"language": _language_of(customer)},
        )
        if form.is_valid():
            email, role = form.cleaned_data["email"], Membership.Role(form.cleaned_data["role"])
            language, by = form.cleaned_data["language"], Actor.of(staff(request))
            try:
                lifecycle.invite(customer, email=email, role=role, language=language, by=by)
            except errors.PortalError as error:
                form.add_error("email", error.sentence)
            else:
                messages.success(request, f"A link for {email} is on its way by mail.")
                return redirect(fragments.address_of(customer))
        context = {
            **self.admin_site.each_context(request),
            "title": f"Invite a person to {customer}",
            "opts": Invitation._meta,
            "customer": customer,
            "form": form,
            "back": fragments.address_of(customer),
        }
        return TemplateResponse(request, "admin/onboarding/invitation/invite.html", context)

    def resend(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        done = "A new link is on its way by mail."
        return _act(request, pk, lifecycle.resend_invitation, done=done)

    def withdraw(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return _act(request, pk, lifecycle.withdraw_invitation, done="It is withdrawn.")

    @admin.display(description="state")
    def standing(self, invitation: Any) -> SafeString:
        """Any: an invitation of `get_queryset`."""
        if invitation.accepted_at:
            return fragments.label("Accepted", "success")
        if invitation.withdrawn_at:
            return fragments.label("Withdrawn", "info")
        if invitation.mail_trouble:
            return fragments.label(MailTrouble(invitation.mail_trouble).label, "danger")
        if invitation.is_expired(timezone.now()):
            return fragments.label("Link too old", "danger")
        return fragments.label("Open", "warning")

    @admin.display(description="by hand")
    def by_hand(self, invitation: Invitation) -> SafeString:
        if invitation.accepted_at or invitation.withdrawn_at:
            return fragments.empty()
        again, withdraw = (
            reverse(f"admin:onboarding_invitation_{verb}", args=[invitation.pk])
            for verb in ("resend", "withdraw")
        )
        # Buttons of the page's own form, which carries the token against forgery.
        return format_html(
            '<button class="text-link" type="submit" formmethod="post" formaction="{}">'
            'Send a new link</button> · <button class="text-link" type="submit"'
            ' formmethod="post" formaction="{}">Withdraw it</button>',
            again,
            withdraw,
        )


def _language_of(customer: Customer) -> str:
    """What the customer's people read, where that is one language; else English."""
    people = User.objects.filter(memberships__customer=customer).exclude(language="")
    found = set(people.values_list("language", flat=True))
    return found.pop() if len(found) == 1 else "en"


def _may_invite(request: HttpRequest) -> bool:
    return staff(request).has_perm("onboarding.invite_people")


def _demand_to_invite(request: HttpRequest) -> None:
    if not _may_invite(request):
        raise PermissionDenied


def _act(request: HttpRequest, pk: UUID, verb: Verb, *, done: str) -> HttpResponse:
    """POST acts; who comes by a link only sees the invitation."""
    _demand_to_invite(request)
    invitation = get_object_or_404(Invitation.objects.select_related("customer"), pk=pk)
    if request.method == "POST":
        try:
            verb(invitation, by=Actor.of(staff(request)))
        except errors.InvitationGone as error:
            messages.error(request, error.sentence)
        else:
            messages.success(request, f"{invitation}: {done}")
    return redirect(fragments.address_of(invitation))
