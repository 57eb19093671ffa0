"""Sealed push keys that cannot be used: each is noted, and one alarm tells staff of all."""

from django.conf import settings
from django.db import transaction

from onboarding.lifecycle.actor import Actor, demand_process
from onboarding.lifecycle.alarms import clear_alarm, raise_alarm
from onboarding.lifecycle.transition import record
from onboarding.models import CSR, Alarm

_KIND = Alarm.Kind.STORE_DIFFERS
# The matter of the alarm.
PUSH_KEYS = "push keys"
# The first ones are named; thousands would be read by nobody.
_NAMED = 3


@transaction.atomic
def note_unusable_key(csr: CSR, *, why: str, by: Actor) -> None:
    """The sealed key of this CSR could not be used; `why` is a sentence for staff.

    An Event, and the alarm, for the first time; whoever tries again only brings it up to date.
    """
    demand_process(by, Actor.worker())
    kept = CSR.objects.keeping_key().filter(pk=csr.pk)
    if kept.filter(key_trouble="").update(key_trouble=why):
        record("note_unusable_key", by=by, csr=csr, sentence=why)
    else:
        kept.update(key_trouble=why)
    _settle(by)


@transaction.atomic
def note_usable_key(csr: CSR, *, by: Actor) -> None:
    """It could be used, or it is gone for good; nothing happens when all was well before."""
    demand_process(by, Actor.worker(), Actor.operator())
    if not CSR.objects.filter(pk=csr.pk).exclude(key_trouble="").update(key_trouble=""):
        return
    record("note_usable_key", by=by, csr=csr)
    _settle(by)


def _settle(by: Actor) -> None:
    """The alarm says how many there are, or is over. Call within a transaction."""
    if not _say(by):
        # Another process raised it at this moment, and what that one counted shows only now.
        _say(by)


def _say(by: Actor) -> bool:
    """Whether it was said of all that there are."""
    # Locked before they are counted: of two who change the number, the last one counts for both.
    opened = Alarm.objects.open().filter(kind=_KIND, about=PUSH_KEYS).select_for_update()
    is_locked = bool(opened)
    sentence = _sentence()
    if not sentence:
        clear_alarm(_KIND, about=PUSH_KEYS, by=by)
        return True
    return raise_alarm(_KIND, about=PUSH_KEYS, sentence=sentence, by=by) is not None or is_locked


def _sentence() -> str:
    rows = CSR.objects.with_unusable_key()
    count = rows.count()
    first = rows.select_related("customer").defer("der", "signature")[:_NAMED]
    named = [(str(csr), csr.key_trouble) for csr in first]
    if not named:
        return ""
    if count == 1:
        return f"The sealed push key of {named[0][0]} cannot be used. {named[0][1]}"
    each = " ".join(f"{csr}: {why}" for csr, why in named)
    which = "" if count <= _NAMED else ", the first of them:"
    return (
        f"{count:,} sealed push keys cannot be used{which or ':'} {each} All are listed at"
        f" {settings.PUBLIC_URL}/admin/onboarding/csr/?key=unusable"
    )
