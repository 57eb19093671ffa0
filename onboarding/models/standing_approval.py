"""A yes that staff give beforehand: to a customer's renewals in which nothing has changed."""

from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from onboarding.models.csr import CSR
from onboarding.models.customer import Customer


class StandingApprovalQuerySet(models.QuerySet["StandingApproval"]):
    def open(self) -> "StandingApprovalQuerySet":
        """Those that nobody ended; the date may have."""
        return self.filter(ended_at__isnull=True)


class StandingApproval(models.Model):
    """Its terms never change: other ones are another standing approval."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="standing_approvals")
    ends_at = models.DateTimeField("ends")
    monthly_limit = models.PositiveSmallIntegerField("renewals in a month")
    proposed_at = models.DateTimeField("proposed")
    ended_at = models.DateTimeField("ended", null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="standing_approvals_ended",
        null=True,
    )

    objects = StandingApprovalQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(ended_at__isnull=True),
                name="one_open_standing_approval_per_customer",
            ),
            models.CheckConstraint(
                condition=Q(monthly_limit__gte=1), name="standing_approval_has_a_limit"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=models.F("proposed_at")),
                name="standing_approval_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"Standing approval for {self.customer} until {self.ends_at:%Y-%m-%d}"

    def is_over(self, now: datetime) -> bool:
        return self.ended_at is not None or self.ends_at <= now


class StandingConsent(models.Model):
    """One person's yes to a standing approval."""

    standing_approval = models.ForeignKey(StandingApproval, models.PROTECT, related_name="consents")
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="standing_consents"
    )
    given_at = models.DateTimeField()

    class Meta:
        ordering = ["given_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["standing_approval", "staff"], name="one_consent_per_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.staff} agrees to {self.standing_approval}"


class StandingUseQuerySet(models.QuerySet["StandingUse"]):
    def awaiting_review(self) -> "StandingUseQuerySet":
        return self.filter(reviewed_at__isnull=True)


class StandingUse(models.Model):
    """A CSR that was approved under a standing approval, until a person has looked at it."""

    standing_approval = models.ForeignKey(StandingApproval, models.PROTECT, related_name="uses")
    csr = models.OneToOneField(CSR, models.PROTECT, related_name="standing_use")
    used_at = models.DateTimeField("used")
    reviewed_at = models.DateTimeField("looked at", null=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="standing_uses_reviewed", null=True
    )

    objects = StandingUseQuerySet.as_manager()

    class Meta:
        verbose_name = "CSR that approved itself"
        verbose_name_plural = "CSRs that approved themselves"
        ordering = ["-used_at", "-id"]
        indexes = [
            models.Index(fields=["-used_at", "-id"], name="standing_uses_newest_first"),
            models.Index(
                fields=["used_at"],
                condition=Q(reviewed_at__isnull=True),
                name="standing_uses_to_look_at",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(reviewed_at__isnull=True, reviewed_by__isnull=True)
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False),
                name="review_has_its_person_and_moment",
            )
        ]

    def __str__(self) -> str:
        return f"{self.csr}, approved by a standing approval"
