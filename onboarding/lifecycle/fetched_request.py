"""Who took the signed request along to Apple: so that a colleague sees how far it has got."""

from django.db import transaction

from onboarding.lifecycle.actor import Actor, demand_admin_or_staff
from onboarding.lifecycle.transition import record
from onboarding.models import CSR, Event


@transaction.atomic
def download_signed_request(csr: CSR, *, by: Actor) -> None:
    """Write down a download, whoever it is that may see the CSR, and however often."""
    record("download_signed_request", by=by, csr=csr, push_request_sha256=csr.push_request_sha256)


@transaction.atomic
def note_fetched_request(csr: CSR, *, by: Actor) -> None:
    """Write down a person's first download of the signed request; later ones say nothing new."""
    demand_admin_or_staff(by, csr.customer, permission="act_for_customer")
    verb = "fetch_signed_request"
    if not Event.objects.filter(csr=csr, verb=verb, actor=by.user).exists():
        record(verb, by=by, csr=csr, push_request_sha256=csr.push_request_sha256)
