"""People come and go, and change what they sign in with: each of these is an Event."""

from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from onboarding import sign_in_mail
from onboarding.lifecycle import origin, owed_mail
from onboarding.lifecycle.actor import Actor
from onboarding.lifecycle.transition import record
from onboarding.models import Mail, SignInService, User

# In an hour, so many failed sign-ins of one address, and of all, are Events of their own. Further
# ones are counted, and the count is an Event when it has doubled: nobody can fill the table.
EACH, ALL = 10, 500
_HOUR_SECONDS = 3600


@transaction.atomic
def signed_in(
    *, by: Actor, means: str, service: SignInService | None = None, second_factor: str = ""
) -> None:
    """`means` and `second_factor` are words such as "password" and "recovery code"."""
    facts = _named(service)
    if second_factor:
        facts["second_factor"] = second_factor
    record("signed_in", by=by, means=means, **facts)


@transaction.atomic
def signed_out(*, by: Actor) -> None:
    record("signed_out", by=by)


@transaction.atomic
def session_ended(*, signed_in_at: datetime, address: str, user_agent: str, by: Actor) -> None:
    """A person ends one of their other sessions: the device that it names is signed out."""
    there = origin.Origin.of(address=address, user_agent=user_agent)
    record(
        "session_ended",
        by=by,
        signed_in_at=signed_in_at.isoformat(),
        session_address=there.address,
        session_user_agent=there.user_agent,
    )


@transaction.atomic
def sign_in_failed(
    account: User | None, *, step: str, service: SignInService | None = None, **facts: Any
) -> None:
    """Somebody was not let in. What was typed is not kept: it may be a password.

    Any: `facts` are what else this step knows for sure, such as why the service was not enough.
    """
    each = _count(f"address.{origin.current().address}", EACH)
    everyone = _count("all", ALL)
    if not (each and everyone):
        return
    record(
        "sign_in_failed",
        by=Actor(name="someone"),
        account=account.email if account else "unknown",
        step=step,
        **facts,
        **_named(service),
        of_this_address_in_this_hour=each,
        in_this_hour=everyone,
    )


@transaction.atomic
def sign_in_changed(what: str, *, by: Actor, kind: str = "") -> None:
    """What a person signs in with is another from now on; `what` says which, and what became of it.

    `kind` tells second factors apart. The person gets a mail, for it may have been somebody else.
    """
    event = record("sign_in_changed", by=by, what=what, kind=kind)
    if by.user and sign_in_mail.is_told(what, kind):
        owed_mail.about_sign_in(Mail.Kind.SIGN_IN_CHANGED, by.user, about=str(event.pk))


# Any: facts of an Event.
def _named(service: SignInService | None) -> dict[str, Any]:
    """Its key, which stays, and its name, which people know."""
    return {"service": str(service.pk), "service_name": service.name} if service else {}


def _count(whose: str, limit: int) -> int:
    """How many there were in this hour, this one included; 0 where that is not worth an Event."""
    hour = f"{timezone.now():%Y-%m-%dT%H}"
    key = f"onboarding.failed_sign_ins.{hour}.{whose.replace(' ', '_')}"
    cache.add(key, 0, _HOUR_SECONDS)
    try:
        count = cache.incr(key)
    except ValueError:
        # It went out in between.
        count = 1
    is_doubled = count & (count - 1) == 0
    return count if count <= limit or is_doubled else 0
