"""By what a person has just signed in, in the stable words of the Event that says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from django.http import HttpRequest

from onboarding.models import SignInService, User

_FACTORS = {
    Authenticator.Type.TOTP: "authenticator app",
    Authenticator.Type.RECOVERY_CODES: "recovery code",
    Authenticator.Type.WEBAUTHN: "passkey",
}


@dataclass(frozen=True, slots=True)
class WayIn:
    """`second_factor` is empty where the portal asked for none."""

    means: str
    service: SignInService | None = None
    second_factor: str = ""


def shown(request: HttpRequest, user: User) -> WayIn:
    """What was shown in this session since its latest beginning."""
    records = get_authentication_records(request, user)
    beginnings = [place for place, one in enumerate(records) if _is_beginning(one)]
    if not beginnings:
        # Nothing was asked of who has just joined by the link of an invitation.
        return WayIn("invitation")
    first, *further = records[beginnings[-1] :]
    second_factor = _FACTORS[further[-1]["type"]] if further else ""
    if first["method"] == "socialaccount":
        service = SignInService.objects.filter(pk=first["provider"]).first()
        return WayIn("service", service=service, second_factor=second_factor)
    means = "passkey" if first["method"] == "mfa" else "password"
    return WayIn(means, second_factor=second_factor)


# Any: what allauth notes of something that was shown.
def _is_beginning(record: Mapping[str, Any]) -> bool:
    """A passkey without a password is one, too; every other factor comes after something."""
    return record["method"] != "mfa" or bool(record.get("passwordless"))
