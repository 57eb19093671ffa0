"""Sign-in by a service of one's own organisation, through OpenID Connect.

A person is signed in as the account of an address only if the service says that the address is
verified, and staff set the service up for the address's domain.
"""

import logging
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError
from allauth.socialaccount.providers.openid_connect import views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from onboarding import at_rest, errors, lifecycle, shown_name
from onboarding.models import Invitation, SignInService, User
from onboarding.portal.invitations import KEY

logger = logging.getLogger(__name__)


class Reason(StrEnum):
    """Why a service signed somebody in and the portal did not: as it stands in the Event."""

    TWO_ANSWERS = "answers do not fit each other"
    NO_ADDRESS = "no address"
    NOT_VERIFIED = "address not verified"
    OTHER_DOMAIN = "address of another domain"
    NO_ACCOUNT = "no account"
    STAFF = "not set up for staff"
    ANOTHER_PERSON = "another person before"
    NOT_ACTIVE = "not active"
    NOT_ASKED_FOR = "not asked for here"
    CANCELLED = "cancelled there"
    REFUSED = "refused there"
    UNFIT_ANSWER = "unfit answer"


class ElsewhereAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """misc: allauth publishes no types, so its classes are Any."""

    def list_apps(
        self,
        request: HttpRequest,  # noqa: ARG002 - allauth's signature
        provider: str | None = None,
        client_id: str | None = None,  # noqa: ARG002
    ) -> list[SocialApp]:
        """Our services as allauth knows them; `provider` is a service's key."""
        service = _service(provider)
        return [_app(service)] if service else []

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Refuse, or bind the sign-in to the account of its address."""
        service = _service(sociallogin.account.provider)
        claims = _claims(sociallogin.account.extra_data)
        if service is None or not claims:
            _write_down(service, Reason.TWO_ANSWERS)
            raise _refusal(request, _("The service’s answers do not fit each other."))
        email = _vouched(request, service, claims)
        user = _known(email) or _joined(request, email, str(claims.get("name") or ""))
        _demand_fit(request, service, sociallogin, user, email)
        # What else the service told of the person is not ours to keep.
        sociallogin.account.extra_data = {}
        if sociallogin.is_existing:
            sociallogin.account.save()
        else:
            sociallogin.connect(request, user)

    def on_authentication_error(self, request: HttpRequest, provider: Any, **details: Any) -> None:
        """Any: allauth's provider and what it knows of the error."""
        logger.warning(
            "Sign-in by %s failed: %s", provider.name, details.get("exception") or "refused there"
        )
        _write_down(_service(provider.app.provider_id), _reason(details))
        raise _refusal(
            request, _("The service did not sign you in. Try again, or ask who runs it.")
        )


@never_cache
def login(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """On to the service's own page."""
    return _guarded(views.login, request, provider_id)


@never_cache
def callback(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """Back from the service."""
    return _guarded(views.callback, request, provider_id)


def send(request: HttpRequest, service: SignInService) -> HttpResponse:
    """A page that leads to the service by itself. No redirect: a form may lead to our own pages
    only, and a browser counts where a form's redirects end."""
    onward = request.POST.get("next") or request.GET.get("next") or ""
    address = reverse("openid_connect_login", args=[service.pk])
    address += f"?{urlencode({'next': onward})}" if onward else ""
    return render(request, "account/elsewhere.html", {"service": service, "address": address})


# Any: one of allauth's views.
def _guarded(view: Any, request: HttpRequest, provider_id: UUID) -> HttpResponse:
    try:
        answer: HttpResponse = view(request, str(provider_id))
    # KeyError: an answer that lacks what the standard demands.
    except (requests.RequestException, errors.InvalidSeal, KeyError, ValueError) as error:
        logger.warning("Sign-in by service %s failed: %s", provider_id, type(error).__name__)
        _write_down(_service(str(provider_id)), Reason.UNFIT_ANSWER)
        return _failed(
            request,
            _("The service does not answer as it should. Try again in a while."),
            status=502,
        )
    return answer


def note_inactive(user: User, sociallogin: SocialLogin) -> None:
    """Write down that a service vouched for a person who may not come in any more."""
    _write_down(_service(sociallogin.account.provider), Reason.NOT_ACTIVE, account=user)


def _write_down(
    service: SignInService | None,
    reason: Reason,
    *,
    account: User | None = None,
    vouched_for: str = "",
) -> None:
    """As an Event; an address only if it is an account's, or the service may vouch for it."""
    facts = {"vouched_for": vouched_for[:254]} if vouched_for else {}
    lifecycle.sign_in_failed(account, step="service", service=service, reason=str(reason), **facts)


# Any: what allauth knows of an error.
def _reason(details: dict[str, Any]) -> Reason:
    if details.get("exception"):
        return Reason.UNFIT_ANSWER
    # allauth hands over the state that was asked with, or the name of one that there is not.
    if not (details.get("extra_context") or {}).get("state"):
        return Reason.NOT_ASKED_FOR
    return Reason.CANCELLED if details.get("error") == AuthError.CANCELLED else Reason.REFUSED


def _known(email: str) -> User | None:
    return User.objects.filter(email__iexact=email).first()


def _service(key: str | None) -> SignInService | None:
    try:
        return SignInService.objects.active().filter(pk=UUID(str(key))).first()
    except ValueError:
        return None


def _app(service: SignInService) -> SocialApp:
    return SocialApp(
        provider="openid_connect",
        provider_id=str(service.pk),
        name=service.name,
        client_id=service.client_id,
        secret=at_rest.unseal(service.sealed_client_secret, purpose=SignInService.SECRET_PURPOSE),
        settings={"server_url": service.issuer, "oauth_pkce_enabled": True},
    )


def _claims(told: dict[str, Any]) -> dict[str, Any]:
    """What the service says of the person; nothing if its two answers are about two people.

    Any: a service may say whatever it likes.
    """
    token, info = told.get("id_token") or {}, told.get("userinfo") or {}
    if not token or (info and info.get("sub") != token.get("sub")):
        return {}
    return {**token, **info}


def _vouched(request: HttpRequest, service: SignInService, claims: dict[str, Any]) -> str:
    """The address, verified and of a domain of the service. Any: as above."""
    email = str(claims.get("email") or "")
    if not email:
        _write_down(service, Reason.NO_ADDRESS)
        raise _refusal(request, _("The service did not tell your e-mail address."))
    # Exactly true: what merely looks like it was not checked by anybody.
    if claims.get("email_verified") is not True:
        _write_down(service, Reason.NOT_VERIFIED, account=_known(email))
        raise _refusal(
            request,
            _("The service does not say that %(email)s is verified. Ask who runs it.")
            % {"email": email},
        )
    found = SignInService.objects.of_address(email)
    if found is None or found.pk != service.pk:
        _write_down(service, Reason.OTHER_DOMAIN, account=_known(email))
        raise _refusal(
            request,
            _("The service is not set up for addresses such as %(email)s.") % {"email": email},
        )
    return email


def _joined(request: HttpRequest, email: str, name: str) -> User | None:
    """An account for who opened the link of an invitation in this browser."""
    kept = request.session.get(KEY)
    if not kept:
        return None
    row = Invitation.objects.select_related("customer").filter(pk=UUID(kept[0])).first()
    if row is None or row.email.casefold() != email.casefold():
        return None
    try:
        user = lifecycle.join(
            row, link=kept[1], name=shown_name.plain(name)[:150] or email, password=None
        )
    except errors.InvitationGone:
        return None
    request.session.pop(KEY, None)
    return user


def _demand_fit(
    request: HttpRequest,
    service: SignInService,
    sociallogin: SocialLogin,
    user: User | None,
    email: str,
) -> None:
    if user is None:
        _write_down(service, Reason.NO_ACCOUNT, vouched_for=email)
        raise _refusal(
            request,
            _("There is no account for %(email)s. Ask an admin of your organisation to invite you.")
            % {"email": email},
        )
    if user.is_staff and not service.is_for_staff:
        _write_down(service, Reason.STAFF, account=user)
        raise _refusal(
            request,
            _(
                "The service is not set up to sign in staff. A superuser allows that on its page"
                " (“signs in vendor staff”), or takes your domain out there; a superuser’s passkey"
                " works as before. If no superuser gets in, “manage.py createsuperuser” makes one"
                " on the server, with an address of another domain."
            ),
        )
    if sociallogin.is_existing and sociallogin.user.pk != user.pk:
        _write_down(service, Reason.ANOTHER_PERSON, account=user)
        raise _refusal(
            request,
            _("The service signed in another person with this account before. Ask the vendor."),
        )


def _refusal(request: HttpRequest, sentence: str) -> ImmediateHttpResponse:
    return ImmediateHttpResponse(_failed(request, sentence, status=403))


def _failed(request: HttpRequest, sentence: str, *, status: int) -> HttpResponse:
    context = {"sentence": sentence}
    return render(request, "account/elsewhere_failed.html", context, status=status)
