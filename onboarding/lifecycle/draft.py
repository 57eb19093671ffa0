"""What is chosen and typed on the way to a CSR, kept for whoever goes on."""

from django.db import transaction
from django.utils import timezone

from onboarding import errors
from onboarding.lifecycle.actor import Actor, demand_admin_or_staff
from onboarding.models import Customer, Draft, PushCertificate


@transaction.atomic
def keep_draft(
    customer: Customer, *, renews: PushCertificate | None, by: Actor, **typed: str
) -> Draft:
    """Keep `typed`, columns of Draft, over what was kept before. It asks for nothing yet, so
    there is no Event."""
    demand_admin_or_staff(by, customer, permission="act_for_customer")
    if by.user is None:
        raise errors.NotAllowed("A draft is a person's.")
    draft, _ = Draft.objects.update_or_create(
        customer=customer,
        renews=renews,
        defaults={**typed, "changed_by": by.user, "changed_at": timezone.now()},
    )
    return draft


def drop_draft(customer: Customer, renews: PushCertificate | None) -> None:
    """Its CSR is asked for; call within that transaction."""
    Draft.objects.towards(customer, renews).delete()
