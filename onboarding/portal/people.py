"""Who belongs to a customer, and who is invited."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from onboarding import errors, lifecycle
from onboarding.language import told
from onboarding.lifecycle import Actor
from onboarding.lifecycle.invitations import demand_to_invite
from onboarding.lifecycle.people import demand_another_admin, demand_to_manage
from onboarding.models import LANGUAGES, Customer, Membership
from onboarding.portal import access, preferences
from onboarding.portal.door import SignedInRequest, door

ROLES = [
    (Membership.Role.READER, _("Reader: sees everything and downloads")),
    (Membership.Role.ADMIN, _("Admin: acts for the organisation, and invites people")),
]


class InviteForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput({"data-draft": True}),
        help_text=_("The invitation is for this address alone. Its link works for seven days."),
    )
    role = forms.ChoiceField(
        label=_("Role"),
        choices=ROLES,
        widget=forms.RadioSelect({"class": "form-check-input", "data-draft": True}),
        initial=Membership.Role.READER,
    )
    language = forms.ChoiceField(
        label=_("Language of the invitation"),
        choices=LANGUAGES,
        required=False,
        initial=preferences.current,
        widget=forms.Select({"data-draft": True}),
        help_text=_("Of its mail and its page. Whoever joins can change it at any time."),
    )


@door("GET", "POST")
def people(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The list; what is posted is an invitation."""
    owner = access.customer(request.user, pk)
    if request.method != "POST":
        return _page(request, owner, InviteForm())
    by = Actor.of(request.user)
    demand_to_invite(by, owner)
    form = InviteForm(request.POST)
    if form.is_valid():
        email, role = form.cleaned_data["email"], Membership.Role(form.cleaned_data["role"])
        chosen = form.cleaned_data["language"]
        try:
            lifecycle.invite(owner, email=email, role=role, language=chosen, by=by)
        except errors.AlreadyThere as error:
            form.add_error("email", told(error))
        else:
            sentence = gettext("A link for %(email)s is on its way by mail.") % {"email": email}
            messages.success(request, sentence)
            return _back(owner)
    return _page(request, owner, form, status=422)


@door("GET", "POST")
def member_role(request: SignedInRequest, pk: int) -> HttpResponse:
    """Asks first where an admin would become a reader."""
    membership = access.member(request.user, pk)
    by = Actor.of(request.user)
    demand_to_manage(by, membership.customer)
    if request.method != "POST":
        return _asks_before_reader(request, membership)
    role = request.POST.get("role", "")
    if role not in Membership.Role:
        messages.error(request, gettext("Choose admin or reader. Nothing was changed."))
        return _back(membership.customer)
    if role == Membership.Role.READER and "confirmed" not in request.POST:
        return _asks_before_reader(request, membership)
    try:
        lifecycle.change_role(membership, role=Membership.Role(role), by=by)
    except errors.LastAdmin as error:
        messages.error(request, told(error))
    else:
        is_admin = role == Membership.Role.ADMIN
        sentence = (
            gettext("%(person)s is an admin now.")
            if is_admin
            else gettext("%(person)s is a reader now.")
        )
        messages.success(request, sentence % {"person": membership.user})
    return _back(membership.customer)


@door("GET", "POST")
def member_remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Asks first."""
    membership = access.member(request.user, pk)
    by = Actor.of(request.user)
    demand_to_manage(by, membership.customer)
    if request.method != "POST":
        return _asks(request, membership, "portal/member_remove.html")
    try:
        lifecycle.remove_member(membership, by=by)
    except errors.LastAdmin as error:
        messages.error(request, told(error))
        return _back(membership.customer)
    sentence = gettext("%(person)s does not belong to %(customer)s any more.") % {
        "person": membership.user,
        "customer": membership.customer,
    }
    messages.success(request, sentence)
    # Who leaves sees the page no more.
    has_left = membership.user_id == request.user.pk
    return redirect("portal:home") if has_left else _back(membership.customer)


@door("GET", "POST")
def invitation_resend(request: SignedInRequest, pk: UUID) -> HttpResponse:
    done = _("A new link for %(email)s is on its way by mail. Earlier ones work no more.")
    return _act_on(request, pk, lifecycle.resend_invitation, done=done)


@door("GET", "POST")
def invitation_withdraw(request: SignedInRequest, pk: UUID) -> HttpResponse:
    done = _("The invitation of %(email)s is withdrawn. Its link works no more.")
    return _act_on(request, pk, lifecycle.withdraw_invitation, done=done)


def _asks_before_reader(request: SignedInRequest, membership: Membership) -> HttpResponse:
    if membership.role != Membership.Role.ADMIN:
        return _back(membership.customer)
    return _asks(request, membership, "portal/member_role.html")


def _asks(request: SignedInRequest, membership: Membership, template: str) -> HttpResponse:
    """The page that asks; of the last admin it says instead what is to be done first."""
    context = {"membership": membership, "customer": membership.customer}
    try:
        demand_another_admin(membership)
    except errors.LastAdmin as error:
        stays = {"sentence": told(error), **context}
        return render(request, "portal/member_stays.html", stays)
    return render(request, template, context)


def _act_on(
    request: SignedInRequest, pk: UUID, verb: Callable[..., None], *, done: Promise
) -> HttpResponse:
    """`done` is said once `verb` took the invitation `pk`, with its `email`."""
    row = access.invitation(request.user, pk)
    by = Actor.of(request.user)
    demand_to_invite(by, row.customer)
    if request.method == "POST":
        try:
            verb(row, by=by)
        except errors.InvitationGone as error:
            messages.info(request, told(error))
        else:
            messages.success(request, str(done) % {"email": row.email})
    return _back(row.customer)


def _page(
    request: SignedInRequest, owner: Customer, form: InviteForm, *, status: int = 200
) -> HttpResponse:
    members = owner.memberships.select_related("user").order_by("role", "user__name", "pk")
    invitations = owner.invitations.open().select_related("invited_by").with_mail()
    now = timezone.now()
    # Any: a context of values of several kinds.
    context: dict[str, Any] = {
        "customer": owner,
        "members": members,
        "invitations": [(row, row.is_expired(now)) for row in invitations],
        "form": form,
        "last_admin": _last_admin(members),
        "may_manage": Actor.of(request.user).is_admin_of(owner),
    }
    return render(request, "portal/people.html", context, status=status)


def _last_admin(members: Iterable[Membership]) -> Membership | None:
    """Whom lifecycle.people would let neither go nor become a reader, if there is just one."""
    admins = [one for one in members if one.role == Membership.Role.ADMIN and one.user.is_active]
    return admins[0] if len(admins) == 1 else None


def _back(owner: Customer) -> HttpResponse:
    return redirect("portal:people", owner.pk)
