"""Where a person is signed in: each session can be ended alone, or all others at once."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.portal.door import SignedInRequest, door


@door("GET", "POST")
def sessions(request: SignedInRequest) -> HttpResponse:
    found = UserSession.objects.purge_and_list(request.user)
    if request.method == "POST":
        _end([one for one in found if not one.is_current()], by=Actor.of(request.user))
        messages.success(request, gettext("You are signed out everywhere else."))
        return redirect("usersessions_list")
    newest_first = sorted(found, key=lambda one: one.created_at, reverse=True)
    return render(request, "usersessions/usersession_list.html", {"sessions": newest_first})


@door("POST")
def end(request: SignedInRequest, pk: int) -> HttpResponse:
    # Another person's session answers like one that there is not.
    one = UserSession.objects.filter(user=request.user, pk=pk).first()
    if one is None:
        raise Http404
    if one.is_current():
        return redirect("account_logout")
    _end([one], by=Actor.of(request.user))
    messages.success(
        request, gettext("This session has ended: whoever used it has to sign in again.")
    )
    return redirect("usersessions_list")


@transaction.atomic
def _end(ended: list[UserSession], *, by: Actor) -> None:
    for one in ended:
        lifecycle.session_ended(
            signed_in_at=one.created_at, address=one.ip, user_agent=one.user_agent, by=by
        )
        one.end()
