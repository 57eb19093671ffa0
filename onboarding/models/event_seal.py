"""The chain of Events: each seal holds one Event, and the seal before it, in place."""

from typing import Never

from django.db import models

from onboarding.models.event import Event


class EventSealQuerySet(models.QuerySet["EventSeal"]):
    def update(self, **_: object) -> Never:
        raise TypeError("Seals are never changed.")

    def delete(self) -> Never:
        raise TypeError("Seals are never deleted.")


class EventSeal(models.Model):
    """As with Events, triggers in the database refuse UPDATE and DELETE.

    Ids of Events are given out before they are committed, so a smaller one may appear after a
    larger one was sealed: the order of the chain is `seq`, which has no holes.
    """

    seq = models.BigIntegerField("number", primary_key=True)
    # No constraint: that the Event is there still is for the verification to find out.
    event = models.OneToOneField(Event, models.PROTECT, related_name="seal", db_constraint=False)
    # Of the encoding that was hashed.
    version = models.PositiveSmallIntegerField()
    sealed_at = models.DateTimeField()
    hash = models.BinaryField(max_length=32)

    objects = EventSealQuerySet.as_manager()

    class Meta:
        ordering = ["seq"]

    def __str__(self) -> str:
        return f"Seal {self.seq} of Event {self.event_id}"


class UnsealedEvent(models.Model):
    """An Event that waits for its seal: put here by a trigger as it is written, whoever wrote it.

    What is committed late is found here, too, without looking through all Events for it.
    """

    event = models.OneToOneField(
        Event, models.PROTECT, primary_key=True, related_name="waiting", db_constraint=False
    )

    class Meta:
        ordering = ["event_id"]

    def __str__(self) -> str:
        return f"Event {self.event_id} waits for its seal"
