"""Heads of the chain of Events, signed, and how they left the database."""

from django.db import models
from django.db.models import Q


class AuditHead(models.Model):
    """What the chain was at a moment. The copies that left are what counts; this row says that."""

    seq = models.BigIntegerField("number", unique=True)
    hash = models.CharField(max_length=64)
    made_at = models.DateTimeField("made")
    # The first digits of the SHA-256 of the public key that verifies it.
    key_id = models.CharField("key", max_length=16)
    # The signed head itself, as it leaves.
    document = models.TextField()

    class Meta:
        ordering = ["-seq"]

    def __str__(self) -> str:
        return f"Head {self.seq} of {self.made_at:%Y-%m-%d %H:%M}"


class HeadDeliveryQuerySet(models.QuerySet["HeadDelivery"]):
    def owed(self) -> "HeadDeliveryQuerySet":
        return self.filter(delivered_at__isnull=True)


class HeadDelivery(models.Model):
    """One head on its way to one place outside of the database."""

    head = models.ForeignKey(AuditHead, models.CASCADE, related_name="deliveries")
    # A name for it, such as “webhook auditor.example”: an address may hold a token.
    place = models.CharField(max_length=200)
    owed_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=200, blank=True)

    objects = HeadDeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["owed_at", "id"]
        indexes = [
            models.Index(
                fields=["owed_at"],
                condition=Q(delivered_at__isnull=True),
                name="heads_not_yet_delivered",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["head", "place"], name="one_delivery_per_head_and_place"
            )
        ]

    def __str__(self) -> str:
        return f"{self.head_id} to {self.place}"
