"""A comparison of database and file storage ends, with what came of it; orphans are deleted."""

from django.db import transaction
from django.utils import timezone

from onboarding import printable
from onboarding.lifecycle.actor import Actor, demand_process
from onboarding.lifecycle.alarms import clear_alarm, raise_alarm
from onboarding.lifecycle.key_trouble import note_usable_key
from onboarding.lifecycle.transition import record
from onboarding.models import CSR, Alarm, StoreVerification
from onboarding.models.store_verification import counted

_KIND = Alarm.Kind.STORE_DIFFERS
# The matters of these alarms: what a comparison found, and that one does not get on.
FOUND = "comparison"
HINDERED = "comparison cannot go on"


@transaction.atomic
def verify_store(verification: StoreVerification, *, is_complete: bool, by: Actor) -> None:
    """The comparison is over: differences alarm staff, a complete one without any clears alarms.

    `is_complete` says whether all could be checked. Nothing happens the second time.
    """
    demand_process(by, Actor.worker(), Actor.operator())
    running = StoreVerification.objects.filter(pk=verification.pk, finished_at__isnull=True)
    if not running.update(finished_at=timezone.now(), part="", after=""):
        return
    verification.refresh_from_db()
    record(
        "verify_store",
        by=by,
        verification=verification.pk,
        checked=verification.checked,
        differences=verification.differences,
    )
    clear_alarm(_KIND, about=HINDERED, by=by)
    if verification.differences:
        raise_alarm(_KIND, about=FOUND, sentence=_sentence(verification), by=by)
    elif is_complete:
        _clear_all(by)


@transaction.atomic
def hinder_store_verification(verification: StoreVerification, *, why: str, by: Actor) -> None:
    """Staff hear that this comparison does not get on, until it does."""
    demand_process(by, Actor.worker())
    sentence = (
        f"The comparison of files and database that began on {verification.started_at:%Y-%m-%d}"
        f" at {verification.started_at:%H:%M} UTC does not get on. {why}"
    )
    raise_alarm(_KIND, about=HINDERED, sentence=sentence, by=by)


@transaction.atomic
def delete_orphan(name: str, *, by: Actor) -> None:
    """Write down that an operator has a file deleted that no row names."""
    demand_process(by, Actor.operator())
    record("delete_orphan", by=by, file=printable.escaped(name))


def _clear_all(by: Actor) -> None:
    """Every file was read and every key opened, so whatever was said about one is over."""
    for csr in CSR.objects.exclude(key_trouble="").select_related("customer"):
        note_usable_key(csr, by=by)
    for about in Alarm.objects.open().filter(kind=_KIND).values_list("about", flat=True):
        clear_alarm(_KIND, about=about, by=by)


def _sentence(verification: StoreVerification) -> str:
    count, first = verification.differences, verification.findings[0]
    found = counted(count)
    colon = ":" if count == 1 else ", the first:"
    return (
        f"The comparison of {verification.started_at:%Y-%m-%d %H:%M} UTC found {found} between"
        f" files and database{colon} {first}"
    )
