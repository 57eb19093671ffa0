"""The watch: alarms on what is stuck and on a vendor certificate that ends."""

import logging
from datetime import datetime

from celery import shared_task
from django.db import DatabaseError, transaction
from django.utils import timezone

from onboarding import (
    errors,
    lifecycle,
    pulses,
    queue,
    reasons,
    storage,
    stuck,
    trail_watch,
    vendor_watch,
)
from onboarding.lifecycle import Actor
from onboarding.models import CSR, Alarm, Mail, Pulse, VendorCertificate
from onboarding.stuck import Part
from onboarding.tasks import audit, questions

Kind = Alarm.Kind

logger = logging.getLogger(__name__)


@shared_task(name=queue.WATCH)
def watch() -> None:
    """Raise and clear alarms, and ask for the signer's pulse; that it runs is the worker's own,
    and beat's, which asked for it."""
    now = timezone.now()
    pulses.show(Pulse.Process.BEAT, now=now)
    # First, for a certificate that has ended is a reason why something is stuck.
    settle(Kind.VENDOR_CERTIFICATE_ENDING, _endings(now))
    settle(Kind.STUCK, _stuck(now))
    settle(Kind.ACCOUNT_LOST, questions.lost())
    settle(Kind.MAIL_REFUSED, _refused())
    queue.ask_for_pulse()


@shared_task(name=queue.WATCH_TRAIL)
def watch_trail() -> None:
    """Raise and clear the alarms on the audit trail."""
    found = trail_watch.matters(now=timezone.now(), heads_are_made=audit.has_key())
    try:
        settle(Kind.TRAIL, found)
    except DatabaseError:
        # An alarm is an Event, too, and who owns the database can see to it that there are no more.
        for sentence in found.values():
            logger.error("No alarm on the audit trail could be raised: %s", sentence)
        raise


def _stuck(now: datetime) -> dict[str, str]:
    """By part, what is stuck there and why."""
    found = stuck.find(now=now)
    trouble = _storage_trouble() if found.keys() & {Part.KEYS, Part.EXPORTS} else ""
    pulses.note(Pulse.Process.WORKER, now=now, trouble=trouble)
    return {
        str(part): f"{one.sentence} {reasons.why(part, now=now)}" for part, one in found.items()
    }


def _refused() -> dict[str, str]:
    """One matter, however many mails were given up; empty if none was."""
    refused = Mail.objects.refused()
    newest = refused.order_by("-refused_at", "-id").first()
    if newest is None:
        return {}
    count = refused.count()
    mails = "A mail was" if count == 1 else f"{count:,} mails were"
    addresses = refused.order_by().values("recipient").distinct().count()
    to = "" if addresses == 1 else f", to {addresses:,} addresses"
    return {
        "": f"{mails} given up{to}. The newest: “{newest.get_kind_display()}” to"
        f" {newest.recipient}, at {newest.refused_at:%Y-%m-%d %H:%M} UTC. The mail server said:"
        f" {newest.failure}"
    }


def _endings(now: datetime) -> dict[str, str]:
    """By certificate and threshold, what ends and what to do."""
    found = vendor_watch.endings(VendorCertificate.objects.all(), now=now)
    waiting = CSR.objects.awaiting_signature().count() if found else 0
    return {one.about: one.sentence(waiting=waiting, now=now) for one in found}


@transaction.atomic
def settle(kind: Kind, sentences: dict[str, str]) -> None:
    """From now on the open alarms of this kind are on these matters, and say these sentences."""
    for alarm in Alarm.objects.open().filter(kind=kind).exclude(about__in=sentences):
        lifecycle.clear_alarm(kind, about=alarm.about, by=Actor.worker())
    for about, sentence in sentences.items():
        lifecycle.raise_alarm(kind, about=about, sentence=sentence, by=Actor.worker())


def _storage_trouble() -> str:
    """Whether a file can be written, read and deleted; empty if so, else a sentence for staff."""
    try:
        storage.probe()
    except (errors.StorageUnavailable, errors.DamagedRecord) as error:
        logger.warning("The file storage does not work: %s", error)
        reason = getattr(error.__cause__, "strerror", None) or error.sentence.rstrip(".")
        return f"The file storage does not work: {reason}. The worker's log says more."
    return ""
