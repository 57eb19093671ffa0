"""Whatever allauth does for people is written down: its signals become Events.

They are sent in the midst of what they tell of. When the Event cannot be written the request ends
in an error, and nobody is signed in by an answer that says so. Of second factors the rows are
watched: allauth tells of some of them only when they are there for good.
"""

from typing import Any

from allauth.account import signals as account
from allauth.core import context
from allauth.mfa import signals as second_factor
from allauth.mfa.models import Authenticator
from django.contrib.auth import signals as django
from django.db.models.signals import post_delete, post_save
from django.dispatch import Signal
from django.http import HttpRequest

from onboarding import lifecycle
from onboarding.lifecycle import Actor
from onboarding.models import User
from onboarding.portal import ways_in

_CHANGES: tuple[tuple[Signal, str], ...] = (
    (account.password_set, "password set"),
    (account.password_changed, "password changed"),
    (account.password_reset, "password reset"),
    (account.email_changed, "address changed"),
    (account.email_added, "address added"),
    (account.email_removed, "address removed"),
)


def listen() -> None:
    """From now on, once however often it is called."""
    account.user_logged_in.connect(_signed_in, dispatch_uid="witness")
    django.user_logged_out.connect(_signed_out, dispatch_uid="witness")
    django.user_login_failed.connect(_failed, dispatch_uid="witness")
    second_factor.authentication_failed.connect(_second_factor_failed, dispatch_uid="witness")
    post_save.connect(_factor_saved, sender=Authenticator, dispatch_uid="witness")
    post_delete.connect(_factor_deleted, sender=Authenticator, dispatch_uid="witness")
    for signal, what in _CHANGES:
        # Weak: nobody else holds it.
        signal.connect(_changed(what), weak=False, dispatch_uid=f"witness {what}")


def _signed_in(user: User, request: HttpRequest, **_: Any) -> None:
    """Any: what each signal tells beside."""
    way = ways_in.shown(request, user)
    lifecycle.signed_in(
        by=Actor.of(user),
        means=way.means,
        service=way.service,
        second_factor=way.second_factor,
    )


def _signed_out(user: User | None, **_: Any) -> None:
    """Any: as above. None: nobody was signed in."""
    if isinstance(user, User):
        lifecycle.signed_out(by=Actor.of(user))


def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Any: as above. Without a request nobody stands at the door: a command tries something."""
    if request is None:
        return
    email = str(credentials.get("email") or credentials.get("username") or "")
    known = User.objects.filter(email__iexact=email).first() if email else None
    lifecycle.sign_in_failed(known, step="password")


def _second_factor_failed(user: User, **_: Any) -> None:
    """Any: as above."""
    lifecycle.sign_in_failed(user, step="second factor")


def _factor_saved(instance: Authenticator, *, created: bool, **_: Any) -> None:
    """Any: as above. A row that is used or renamed is saved, too."""
    if created:
        _factor_changed(instance, "second factor added")


def _factor_deleted(instance: Authenticator, **_: Any) -> None:
    """Any: as above."""
    _factor_changed(instance, "second factor removed")


def _factor_changed(factor: Authenticator, what: str) -> None:
    """What people do to their own. Staff who take another's away do so by a verb of its own."""
    user = getattr(context.request, "user", None)
    if isinstance(user, User) and user.pk == factor.user_id:
        lifecycle.sign_in_changed(what, by=Actor.of(user), kind=str(factor.type))


def _changed(what: str) -> Any:
    """Any: a receiver, as Django takes it."""

    def note(user: User, **_: Any) -> None:
        """Any: as above."""
        lifecycle.sign_in_changed(what, by=Actor.of(user))

    return note
