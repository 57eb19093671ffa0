"""A campaign: the renewal mail to many at once, and what became of each certificate in it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from onboarding.models.push_certificate import PushCertificate

# Before its number, in the occasion of its mails.
_OCCASION = "campaign/"


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def running(self) -> "CampaignQuerySet":
        return self.filter(state=Campaign.State.RUNNING)


class Campaign(models.Model):
    class State(models.TextChoices):
        DRAFT = "draft", "Being prepared"
        RUNNING = "running", "Going out"
        DONE = "done", "Gone out"
        STOPPED = "stopped", "Stopped"

    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    title = models.CharField(max_length=100)
    # Which certificates, as `onboarding.campaigns.Selection` writes it.
    selection = models.JSONField(default=dict)
    # The vendor's own words in the mail, plain; empty for none.
    text = models.TextField(blank=True)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="campaigns"
    )
    prepared_by_name = models.CharField("by", max_length=200)
    prepared_at = models.DateTimeField("prepared")
    started_at = models.DateTimeField("started", null=True)
    ended_at = models.DateTimeField("ended", null=True)
    # Certificates in it as it was started, those that were looked at so far, and mails owed.
    total = models.PositiveIntegerField("certificates", default=0)
    done = models.PositiveIntegerField(default=0)
    mails = models.PositiveIntegerField(default=0)
    # The last certificate that was looked at: they go in the order of their ends.
    at_end = models.DateTimeField(null=True)
    at_id = models.UUIDField(null=True)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        ordering = ["-prepared_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "running", "done", "stopped"]),
                name="campaign_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(started_at__isnull=False),
                name="campaign_that_left_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(at_end__isnull=True, at_id__isnull=True)
                | Q(at_end__isnull=False, at_id__isnull=False),
                name="campaign_stands_at_a_certificate",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def occasion(self) -> str:
        """That of its mails."""
        return f"{_OCCASION}{self.pk}"

    @classmethod
    def of(cls, occasion: str) -> "Campaign | None":
        """The campaign of a mail; None for one that staff sent by itself."""
        _, prefix, pk = occasion.rpartition(_OCCASION)
        return cls.objects.filter(pk=pk).first() if prefix else None


class CampaignRow(models.Model):
    """A certificate that a campaign came to: mailed, or left out and why."""

    class LeftOut(models.TextChoices):
        RENEWED = "renewed_before", "Renewed already"
        REVOKED = "revoked", "Revoked"
        CLOSED = "closed", "Of a closed customer"
        UNDER_WAY = "under_way", "With a renewal under way"
        UNREACHED = "unreached", "With nobody who wants mails"
        RECENT = "recent", "Mailed by staff within a day"
        STOPPED = "stopped", "Stopped before its mail left"

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="rows")
    push_certificate = models.ForeignKey(
        PushCertificate, models.PROTECT, related_name="campaign_rows"
    )
    at = models.DateTimeField()
    left_out = models.CharField(max_length=20, choices=LeftOut, blank=True)

    class Meta:
        ordering = ["campaign", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "push_certificate"],
                name="one_row_per_campaign_and_certificate",
            ),
        ]
        indexes = [models.Index(fields=["campaign", "id"], name="rows_of_a_campaign")]

    def __str__(self) -> str:
        return f"{self.push_certificate} in {self.campaign}"
