"""Staff reset the second factor of who lost it, after they have read what follows from it."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from onboarding import lifecycle
from onboarding.admin.deed import ReasonForm, ask_and_do
from onboarding.admin.page import staff
from onboarding.lifecycle import Actor
from onboarding.models import User


def may_reset(person: User, *, by: User) -> bool:
    """Whether to offer it; the verb asks again."""
    is_another = person != by and (by.is_superuser or not person.is_superuser)
    return is_another and by.has_perm("onboarding.reset_second_factor")


def reset(request: HttpRequest, person: User) -> HttpResponse:
    page = {
        "title": f"Reset the second factor of {person}",
        "button": "Reset the second factor",
        "tone": "danger",
        "done": f"{person} has no second factor any more, and is signed out everywhere.",
        "means": [
            f"Account: {person.email}.",
            "Make sure that really this person asks: call them on a number that you know.",
            "Every passkey, authenticator app and recovery code of theirs is deleted for good.",
            "All their sessions end. The password stays: with it alone they sign in.",
            "They get a mail that says that you did it. The reason is kept in the trail.",
        ],
    }

    def act(data: Any) -> None:
        by = Actor.of(staff(request))
        lifecycle.reset_second_factor(person, reason=data["reason"], by=by)

    return ask_and_do(
        request,
        person,
        permission="reset_second_factor",
        form=ReasonForm(request.POST or None),
        act=act,
        page=page,
    )
