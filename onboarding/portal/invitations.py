"""From the link in an invitation's mail to a member who is signed in."""

from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.utils import perform_login
from django import forms
from django.contrib import messages
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from onboarding import errors, invitation_link, lifecycle, shown_name
from onboarding.invitation_link import Link
from onboarding.language import told
from onboarding.lifecycle import Actor
from onboarding.lifecycle.invitations import demand_usable
from onboarding.models import Invitation, SignInService, User
from onboarding.portal import preferences

# Which invitation this browser has the link of. The link itself is kept nowhere.
KEY = "invitation"


class JoinForm(forms.Form):
    """What a person without an account gives to have one."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=150,
        validators=[shown_name.demand_plain],
        widget=forms.TextInput({"autocomplete": "name", "data-draft": True}),
        help_text=_("Colleagues and the vendor see it beside what you do."),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=_("At least eight characters. A few words in a row are good, and easy to keep."),
    )

    def __init__(self, *arguments: object, email: str) -> None:
        # object: Django types a form's data no further than this.
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._email = email

    def clean(self) -> None:
        password = self.cleaned_data.get("password")
        if password:
            person = User(email=self._email, name=self.cleaned_data.get("name", ""))
            try:
                validate_password(password, person)
            except ValidationError as error:
                self.add_error("password", error)


@never_cache
@require_safe
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Note which invitation it is, and leave this address: it must not stay in the history,
    nor be the referrer of anything. Nothing is used up, for mail filters look at links, too.
    """
    try:
        link = invitation_link.read(token)
    except errors.InvitationGone:
        request.session[KEY] = None
    else:
        request.session[KEY] = [link.invitation_id.hex, link.number]
        return _in_its_language(request, link)
    return redirect("portal:invitation")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def invitation(request: HttpRequest) -> HttpResponse:
    """The page of an invitation whose link was opened in this browser."""
    try:
        link = _link(request)
        row = _row(link)
        demand_usable(row, link=link.number)
        return _page(request, row, link)
    except errors.InvitationGone as error:
        request.session.pop(KEY, None)
        context = {"sentence": told(error), "who": request.user}
        return render(request, "portal/invitation_gone.html", context, status=410)


def _in_its_language(request: HttpRequest, link: Link) -> HttpResponse:
    """To the page, in the language of the mail: unless a person with an own choice is signed in.

    Who joins has it from the page, where the switch may have changed it.
    """
    answer = redirect("portal:invitation")
    row = Invitation.objects.filter(pk=link.invitation_id).first()
    if row is None or not row.language or request.user.is_authenticated:
        return answer
    return preferences.remembering(answer, row.language)


def _link(request: HttpRequest) -> Link:
    if KEY not in request.session:
        raise errors.InvitationGone(
            errors.gettext_noop("To accept an invitation, open the link in its mail.")
        )
    kept = request.session[KEY]
    if kept is None:
        raise errors.InvitationGone(
            errors.gettext_noop(
                "This link is not whole: part of it was lost, perhaps where the mail breaks the"
                " line. Open it from the mail again, or copy all of it."
            )
        )
    return Link(UUID(kept[0]), kept[1])


def _row(link: Link) -> Invitation:
    rows = Invitation.objects.select_related("customer", "invited_by")
    row = rows.filter(pk=link.invitation_id).first()
    if row is None:
        raise errors.InvitationGone(
            errors.gettext_noop("There is no such invitation any more. Ask for a new one.")
        )
    return row


def _page(request: HttpRequest, row: Invitation, link: Link) -> HttpResponse:
    user = request.user
    if user.is_authenticated:
        return _signed_in(request, user, row, link)
    service = SignInService.objects.of_address(row.email)
    if service:
        context = {"invitation": row, "service": service}
        return render(request, "portal/invitation_elsewhere.html", context)
    if User.objects.filter(email__iexact=row.email).exists():
        return render(request, "portal/invitation_sign_in.html", {"invitation": row})
    return _newcomer(request, row, link)


def _signed_in(request: HttpRequest, user: User, row: Invitation, link: Link) -> HttpResponse:
    if user.email.casefold() != row.email.casefold():
        return _somebody_else(request, row)
    if request.method != "POST":
        return render(request, "portal/invitation_accept.html", {"invitation": row})
    lifecycle.accept(row, link=link.number, by=Actor.of(user))
    request.session.pop(KEY, None)
    messages.success(request, _welcome(row))
    return redirect(row.customer)


def _somebody_else(request: HttpRequest, row: Invitation) -> HttpResponse:
    if request.method == "POST":
        kept = request.session[KEY]
        get_adapter().logout(request)
        request.session[KEY] = kept
        return redirect("portal:invitation")
    context = {"invitation": row}
    return render(request, "portal/invitation_somebody_else.html", context, status=403)


@sensitive_variables("form", "password")
def _newcomer(request: HttpRequest, row: Invitation, link: Link) -> HttpResponse:
    form = JoinForm(*([request.POST] if request.method == "POST" else []), email=row.email)
    wants_passkey = request.POST.get("way") == "passkey"
    form.fields["password"].required = not wants_passkey
    if not form.is_valid():
        context = {"invitation": row, "form": form}
        status = 422 if form.is_bound else 200
        return render(request, "portal/invitation_join.html", context, status=status)
    password = None if wants_passkey else form.cleaned_data["password"]
    try:
        user = lifecycle.join(
            row, link=link.number, name=form.cleaned_data["name"], password=password
        )
    except errors.AlreadyThere:
        # Somebody was faster, perhaps the same person in a second tab: the page asks to sign in.
        return redirect("portal:invitation")
    request.session.pop(KEY, None)
    messages.success(request, _welcome(row))
    # Who breaks off before the passkey is made gets in again through "Forgotten password".
    onward = reverse("mfa_add_webauthn") if wants_passkey else row.customer.get_absolute_url()
    answer: HttpResponse = perform_login(
        request, user, email_verification=None, redirect_url=onward
    )
    return answer


def _welcome(row: Invitation) -> str:
    return gettext("You belong to %(customer)s now.") % {"customer": row.customer}
