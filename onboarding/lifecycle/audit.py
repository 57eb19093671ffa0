"""A verification of the audit trail ends, and is itself an Event."""

from django.db import transaction
from django.utils import timezone

from onboarding.lifecycle.actor import Actor, demand_process
from onboarding.lifecycle.transition import record
from onboarding.models import AuditVerification


@transaction.atomic
def verify_audit(verification: AuditVerification, *, by: Actor) -> None:
    """The verification is over, with what it found. Nothing happens the second time."""
    demand_process(by, Actor.worker(), Actor.operator())
    running = AuditVerification.objects.filter(pk=verification.pk, finished_at__isnull=True)
    if not running.update(finished_at=timezone.now(), progress={}):
        return
    verification.refresh_from_db()
    record(
        "verify_audit",
        by=by,
        verification=verification.pk,
        events=verification.after,
        heads=verification.heads,
        findings=verification.found,
        first=verification.first,
    )
