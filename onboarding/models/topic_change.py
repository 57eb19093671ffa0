"""A certificate that came back for a renewal with another topic: noted, allowed or declined."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from onboarding.models.csr import CSR


class TopicChangeQuerySet(models.QuerySet["TopicChange"]):
    def allowed(self) -> "TopicChangeQuerySet":
        return self.filter(allowed_at__isnull=False)

    def awaiting_decision(self) -> "TopicChangeQuerySet":
        """Those that the customer says are meant, while the renewal still can take them."""
        return self.filter(
            wanted_at__isnull=False,
            allowed_at__isnull=True,
            declined_at__isnull=True,
            csr__state=CSR.State.SIGNED,
        )


class TopicChange(models.Model):
    """Created at Apple, not renewed. Refused until as many staff as needed say that it is meant."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    csr = models.ForeignKey(CSR, models.PROTECT, related_name="topic_changes", verbose_name="CSR")
    topic = models.CharField("new topic", max_length=255)
    serial = models.CharField("serial number", max_length=64)
    not_after = models.DateTimeField("valid until")
    fingerprint_sha256 = models.CharField("fingerprint, SHA-256", max_length=64)
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="uploaded by"
    )
    noted_at = models.DateTimeField("uploaded")
    # Who of the customer says that it is meant, and when.
    wanted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        verbose_name="meant, says",
    )
    wanted_at = models.DateTimeField("asked for", null=True)
    allowed_at = models.DateTimeField("allowed", null=True)
    declined_at = models.DateTimeField("declined", null=True)
    declined_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        verbose_name="declined by",
    )
    # For the customer's eyes, too.
    decline_reason = models.TextField("reason", blank=True, db_default="")

    objects = TopicChangeQuerySet.as_manager()

    class Meta:
        verbose_name = "other topic"
        ordering = ["-noted_at", "-id"]
        indexes = [
            models.Index(
                fields=["wanted_at"],
                condition=Q(wanted_at__isnull=False, allowed_at__isnull=True),
                name="topic_changes_to_decide",
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["csr", "topic"], name="one_change_per_csr_and_topic"),
            models.CheckConstraint(
                condition=Q(wanted_at__isnull=True, wanted_by__isnull=True)
                | Q(wanted_at__isnull=False, wanted_by__isnull=False),
                name="wanted_topic_change_has_its_asker",
            ),
            models.CheckConstraint(
                condition=Q(declined_at__isnull=True, declined_by__isnull=True, decline_reason="")
                | Q(declined_at__isnull=False, declined_by__isnull=False) & ~Q(decline_reason=""),
                name="declined_topic_change_has_who_and_why",
            ),
            models.CheckConstraint(
                condition=Q(allowed_at__isnull=True) | Q(declined_at__isnull=True),
                name="topic_change_is_allowed_or_declined",
            ),
            models.CheckConstraint(
                condition=Q(topic__startswith="com.apple.mgmt."),
                name="changed_topic_is_an_mdm_topic",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic}, for {self.csr}"

    def get_absolute_url(self) -> str:
        return reverse("portal:created", args=[self.csr_id])

    @property
    def is_decided(self) -> bool:
        return self.allowed_at is not None or self.declined_at is not None


class TopicChangeApproval(models.Model):
    """A staff member's yes, with the reason."""

    topic_change = models.ForeignKey(TopicChange, models.PROTECT, related_name="approvals")
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.TextField()
    given_at = models.DateTimeField()

    class Meta:
        ordering = ["given_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["topic_change", "staff"], name="one_yes_per_person_and_topic_change"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="topic_change_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.staff} allowed {self.topic_change}"
