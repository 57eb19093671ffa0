"""What of the audit trail needs a person: it was bent, is unguarded, is behind, its heads stay."""

from datetime import datetime, timedelta

from django.db.models import Q

from onboarding.audit import guards
from onboarding.models import AuditHead, AuditVerification, EventSeal, HeadDelivery, UnsealedEvent

# An Event is sealed within seconds, and a head leaves within minutes.
BEHIND = timedelta(seconds=60)
NOT_LEFT = timedelta(minutes=10)


def matters(*, now: datetime, heads_are_made: bool) -> dict[str, str]:
    """By matter, a sentence for staff. `heads_are_made`: there is a key to sign them with."""
    told = {
        "verification": _verification(),
        "sealer": behind(now=now),
        "guards": guards.trouble(),
        "heads": _heads(now) if heads_are_made else _without_key(),
    }
    return {about: sentence for about, sentence in told.items() if sentence}


def behind(*, now: datetime) -> str:
    """Since when Events wait for their seal, if that is too long."""
    oldest = UnsealedEvent.objects.select_related("event").only("event__at").first()
    if oldest is None or now - oldest.event.at <= BEHIND:
        return ""
    return (
        f"Events of {oldest.event.at:%Y-%m-%d %H:%M} UTC and later are not sealed into the audit"
        " trail yet, so changes to them could not be found out. A worker seals them every few"
        " seconds: see that beat and a worker run, and read the worker's log."
    )


def _verification() -> str:
    # What one has found counts before its end, which may never come: it is kept in the database
    # that somebody changed.
    last = AuditVerification.objects.filter(Q(finished_at__isnull=False) | Q(found__gt=0)).first()
    if last is None or not last.found:
        return ""
    are = "1 place was" if last.found == 1 else f"{last.found:,} places were"
    return (
        f"The verification of {last.started_at:%Y-%m-%d %H:%M} UTC found that {are} changed in the"
        f" audit trail. The first: {last.first} Find out who had access to the database, and keep"
        " a copy of it as it is."
    )


def _heads(now: datetime) -> str:
    late = HeadDelivery.objects.owed().filter(owed_at__lt=now - NOT_LEFT).first()
    if late is None:
        return ""
    why = f" {late.failure}" if late.failure else ""
    return (
        f"Since {late.owed_at:%Y-%m-%d %H:%M} UTC no signed head of the audit trail reaches"
        f" {late.place}.{why}"
    )


def _without_key() -> str:
    if not EventSeal.objects.exists() or AuditHead.objects.exists():
        # The second: as long as one leaves somewhere, the key is with another worker.
        return ""
    return (
        "No signed head of the audit trail leaves the database, so nobody could tell if all of it"
        " was written anew. Make a key with `manage.py audit new FOLDER` and give it to the worker"
        " as AUDIT_KEY_FILE."
    )
