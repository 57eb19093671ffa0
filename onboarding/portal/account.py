"""Your account: everything by which a person gets in, what is set up and what is not."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.http import HttpResponse
from django.shortcuts import render

from onboarding.models import SignInService
from onboarding.portal.door import SignedInRequest, door


@door("GET")
def account(request: SignedInRequest) -> HttpResponse:
    user = request.user
    found = list(Authenticator.objects.filter(user=user).order_by("created_at"))
    codes = [one.wrap() for one in found if one.type == Authenticator.Type.RECOVERY_CODES]
    context = {
        "service": SignInService.objects.of_address(user.email),
        "has_password": user.has_usable_password(),
        "passkeys": [one for one in found if one.type == Authenticator.Type.WEBAUTHN],
        "totp": next((one for one in found if one.type == Authenticator.Type.TOTP), None),
        "codes_left": len(codes[0].get_unused_codes()) if codes else None,
        "sessions": len(UserSession.objects.purge_and_list(user)),
        "memberships": user.memberships.select_related("customer").order_by("customer__name"),
    }
    return render(request, "account/index.html", context)
