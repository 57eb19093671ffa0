"""Reasons that staff keep, to give them again."""

from django.db import transaction

from onboarding.lifecycle.actor import Actor, demand_staff
from onboarding.lifecycle.transition import record
from onboarding.models import Phrase


@transaction.atomic
def keep_phrase(phrase: Phrase, *, by: Actor) -> None:
    """Keep it, new or changed."""
    demand_staff(by, permission="change_phrase")
    phrase.save()
    record("keep_phrase", by=by, title=phrase.title, text=phrase.text)


@transaction.atomic
def drop_phrase(phrase: Phrase, *, by: Actor) -> None:
    """Keep it no more; what was rejected with it stays as it is."""
    demand_staff(by, permission="delete_phrase")
    record("drop_phrase", by=by, title=phrase.title, text=phrase.text)
    phrase.delete()
