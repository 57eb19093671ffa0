"""How people sign in: accounts are made by the vendor, and mails are sent by the worker."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core.internal import ratelimit
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from onboarding import lifecycle, queue
from onboarding.models import SignInService, User
from onboarding.portal import elsewhere, passkeys, preferences

# How allauth calls the limit of sign-ins that failed.
_FAILED = "login_failed"
# What allauth would mail about -> the second factor that was shown on the way.
_SHOWN_BY = {"mfa/email/totp_activated": "totp", "mfa/email/webauthn_added": "webauthn"}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """misc: allauth publishes no types, so its classes are Any."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": gettext_lazy("The e-mail address or the password is not right."),
        "enter_current_password": gettext_lazy("This is not your current password."),
        "incorrect_password": gettext_lazy("This is not your password."),
        "too_many_login_attempts": gettext_lazy(
            "Too many attempts to sign in. Wait five minutes, then try again, or reset your"
            " password."
        ),
        "too_many_from_network": gettext_lazy(
            "Too many attempts to sign in came from your network, perhaps not from you. Wait a"
            " minute, then try again."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Of too many attempts it says whether the network or the account had them.

        Any: what was typed, passed on.
        """
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as error:
            if _has_network_used_up(request):
                raise self.validation_error("too_many_from_network") from error
            raise

    def post_login(self, request: HttpRequest, user: User, **arguments: Any) -> HttpResponse:
        """Any: allauth's own arguments, passed on."""
        preferences.remember(user)
        answer: HttpResponse = super().post_login(request, user, **arguments)
        return answer

    def pre_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse | None:
        """Whoever signs in elsewhere does so always: a password or a passkey is no way round it.

        A superuser may, with a passkey, for a service that is down is mended by nobody else.
        Any: what allauth knows of this sign-in.
        """
        refused: HttpResponse | None = super().pre_login(request, user, **details)
        from_elsewhere = (details.get("signal_kwargs") or {}).get("sociallogin")
        if refused and from_elsewhere:
            elsewhere.note_inactive(user, from_elsewhere)
        elif refused:
            # A password of theirs would have failed before.
            lifecycle.sign_in_failed(user, step=passkeys.STEP, reason=elsewhere.Reason.NOT_ACTIVE)
        if refused or user.is_superuser:
            return refused
        service = SignInService.objects.of_address(user.email)
        return elsewhere.send(request, service) if service and not from_elsewhere else None

    def send_notification_mail(self, template_prefix: str, user: User, *_: Any, **__: Any) -> None:
        """No mail; but who just set a second factor up has shown it, and need not once more.

        Any: allauth's own facts of a mail.
        """
        kind = _SHOWN_BY.get(template_prefix)
        if kind:
            record_authentication(self.request, user, method="mfa", type=kind, reauthenticated=True)

    def send_password_reset_mail(self, user: User, *_: Any) -> None:
        """Left to the worker, which reaches the Internet: it makes a link of its own.

        The page then takes as long for an address that is known as for one that is not.
        Any: allauth's own address and context, with a link that is thrown away.
        """
        queue.send_password_reset(user.pk)


def _has_network_used_up(request: HttpRequest) -> bool:
    """Whether failed sign-ins from this network alone reached their limit; counts nothing."""
    limits = settings.ACCOUNT_RATE_LIMITS[_FAILED].split(",")
    of_network = ",".join(one for one in limits if one.endswith("/ip"))
    usage = ratelimit.consume(
        request,
        app="allauth.account",
        action=_FAILED,
        config={_FAILED: of_network},
        dry_run=True,
    )
    return usage is None
