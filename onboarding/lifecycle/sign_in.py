"""Which service of an organisation signs in its people: who set it up, and what was changed."""

from collections.abc import Iterable

from django.db import transaction

from onboarding import errors
from onboarding.lifecycle.actor import Actor
from onboarding.lifecycle.transition import record
from onboarding.models import SignInService


@transaction.atomic
def sign_in_service_changed(service: SignInService, *, changed: Iterable[str], by: Actor) -> None:
    """Write down what a superuser set: names of fields, and all that is public of the service."""
    if by.user is None or not (by.user.is_active and by.user.is_superuser):
        raise errors.NotAllowed("Only a superuser sets up how people sign in.")
    record(
        "sign_in_service_changed",
        by=by,
        service=str(service.pk),
        name=service.name,
        issuer=service.issuer,
        client_id=service.client_id,
        domains=sorted(service.domains.values_list("name", flat=True)),
        is_for_staff=service.is_for_staff,
        demands_second_factor=service.demands_second_factor,
        is_active=service.is_active,
        changed=sorted(changed),
    )
